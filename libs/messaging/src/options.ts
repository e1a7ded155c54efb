import type { Context } from '@tillbridge/contracts';
import type { Secret } from '@tillbridge/kernel';

/** Who is on the bus, and as what. */
export type MessagingOptions = {
  /** The app's name; names its durables and queue groups. */
  readonly app: string;
  /** The context whose requests, queries and facts it owns. */
  readonly context: Context;
  readonly natsUrl: Secret;
  readonly streamReplicas: number;
};

export const MESSAGING_OPTIONS = Symbol('messaging options');
