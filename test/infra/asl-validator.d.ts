/** The package ships no types of its own; this is the part of it that the tests use. */
declare module 'asl-validator' {
  export default function aslValidator(definition: unknown): {
    readonly isValid: boolean;
    readonly errorsText: () => string;
  };
}
