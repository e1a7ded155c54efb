import { Inject, Injectable } from '@nestjs/common';
import type { Page, PageRequestV1, QueryDefinition, RequestDefinition } from '@tillbridge/contracts';
import { RequestClient } from '@tillbridge/messaging';
import { problemOf, valueOrProblem } from '../problem-answer.js';
import type { AdminCall } from './given.js';
import { DEFAULT_PAGE_LENGTH, type ListQuery } from './paths.js';

type Listed<Item extends object> = QueryDefinition<PageRequestV1, Page<Item>>;

/** Takes what operators want to the owners. What is not done is thrown, for the filter to tell. */
@Injectable()
export class AdminDesk {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  async ask<P extends object, A extends object>(definition: RequestDefinition<P, A>, payload: P, { cause }: AdminCall): Promise<A> {
    return valueOrProblem(await this.client.request(definition, payload, cause));
  }

  async read<P extends object, A extends object>(definition: QueryDefinition<P, A>, payload: P, { cause }: AdminCall): Promise<A> {
    return valueOrProblem(await this.client.query(definition, payload, cause));
  }

  /** One page; the way to the next one is also told in the header `Link` (RFC 8288). */
  async page<Item extends object>(definition: Listed<Item>, query: ListQuery, call: AdminCall): Promise<Page<Item>> {
    const page = await this.read(definition, { limit: DEFAULT_PAGE_LENGTH, ...query }, call);
    if (page.next !== undefined) call.reply.header('link', `<${urlAfter(call.url, page.next)}>; rel="next"`);
    return page;
  }

  /** The record with this id. */
  async one<Item extends object>(definition: Listed<Item>, which: Omit<PageRequestV1, 'limit'>, call: AdminCall): Promise<Item> {
    const { items } = await this.read(definition, { ...which, limit: 1 }, call);
    const [item] = items;
    if (item === undefined) throw problemOf('record-unknown');
    return item;
  }
}

function urlAfter(url: string, next: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('after', next);
  return `${path}?${parameters.toString()}`;
}
