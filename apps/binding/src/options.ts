/** Injection token of the environment that the service runs in. */
export const ENVIRONMENT = Symbol('environment');
