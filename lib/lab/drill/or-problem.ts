/** Does something and turns its failure into a finding: a drill measures what went wrong instead of stopping at it. */
export const orProblem = async <T>(problems: string[], act: () => Promise<T>): Promise<T | null> => {
  try {
    return await act();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return null;
  }
};
