/** What a command sees of the world; tests give it another one. */
export type Surroundings = {
  readonly folder: string;
  /** `TILLBRIDGE_ADMIN_URL` and `TILLBRIDGE_ADMIN_TOKEN`, where they are set. */
  readonly admin: { readonly url: string | undefined; readonly token: string | undefined };
  /** What was asked for. */
  readonly say: (text: string) => void;
  /** Everything that is said besides. */
  readonly note: (text: string) => void;
  /** Whether a line of notes may be written over. */
  readonly isLive: boolean;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
};
