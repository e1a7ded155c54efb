import { Inject, Injectable } from '@nestjs/common';
import type { FactDefinition } from '@tillbridge/contracts';
import { LOG, type Log } from '@tillbridge/platform';
import { Bus } from '../bus/bus.js';
import { parseJson } from '../bus/message.js';

/**
 * Tells every process of a service of facts as they are published: for what lives in memory only, such as caches, waiting calls and open
 * channels. A durable consumer would tell only one replica. Facts may be missed, so a listener must be able to do without: it is told when
 * some may have been (`onGap`), and forgets what it believed.
 */
@Injectable()
export class FactListener {
  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * @param onFact gets every fact of this kind from now on, in the order of their publication
   * @param onGap facts may have been missed before this moment
   */
  listen<P extends object>(fact: FactDefinition<P>, onFact: (payload: P) => void, onGap: () => void): void {
    // What is published to a stream also reaches those who are merely subscribed, and costs the server nothing when they go.
    this.bus.connection.subscribe(fact.filter, {
      callback: (error, message) => {
        const checked = error === null ? fact.validate(parseJson(message)) : undefined;
        if (checked?.ok === true) return onFact(checked.value);
        this.log.error({ err: error, type: fact.type }, 'a fact could not be heard');
        onGap();
      },
    });
    this.bus.onReconnect(onGap);
  }
}
