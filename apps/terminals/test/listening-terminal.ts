import type { ServerMessage } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';

export const WAIT_MS = 5_000;

type Heard<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

/** What a terminal of a test remembers of what the server has said to it, whatever carries its channel. */
export abstract class ListeningTerminal {
  readonly heard: ServerMessage[] = [];
  closedWith: number | undefined;

  of<Type extends ServerMessage['type']>(type: Type): Heard<Type>[] {
    return this.heard.filter((message): message is Heard<Type> => message.type === type);
  }

  /** The `place`-th message of a type, once it has come. */
  hears<Type extends ServerMessage['type']>(type: Type, place = 1, withinMs = WAIT_MS): Promise<Heard<Type>> {
    return eventually(() => {
      const message = this.of(type)[place - 1];
      if (message === undefined) throw new Error(`${type} no. ${place} has not come; closed: ${this.closedWith ?? 'no'}`);
      return message;
    }, withinMs);
  }

  closes(withinMs = WAIT_MS): Promise<number> {
    return eventually(() => {
      if (this.closedWith === undefined) throw new Error('the channel is open');
      return this.closedWith;
    }, withinMs);
  }
}
