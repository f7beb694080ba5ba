/** Other Lambdas of this deployment, by their folder's name. */
export interface Functions {
  /** Starts it and does not wait for its end. */
  fire(name: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** Calls it and waits; true when it answered without an error by the deadline. */
  ping(name: string, payload: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<boolean>;
}
