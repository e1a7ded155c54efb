import { Inject, Injectable } from '@nestjs/common';
import { done, refused, type Answer, type Page, type PageRequestV1 } from '@tillbridge/contracts';
import { DataSource } from 'typeorm';
import { cursorAt, readCursor } from '../domain/cursor.js';

/** How one kind of record is listed. A row has its number as `record_no`. */
export type RecordList<Row extends { record_no: string }, Item extends object> = {
  /** Names the list in its cursors, so that none is taken for another list's. */
  readonly name: string;
  readonly select: string;
  /** The table and alias that `record_no` and the order belong to. */
  readonly table: string;
  readonly alias: string;
  /** The column that numbers the records. */
  readonly number: 'record_no' | 'audit_id';
  /** The columns that the order is made of; unique together. */
  readonly order: readonly string[];
  readonly newestFirst?: true;
  /** The condition of each filter, with `$` for its value. */
  readonly filters: { readonly clientId: string; readonly merchantId: string; readonly id: string };
  /** What an id of such a record looks like: no record has another one. */
  readonly idForm: RegExp;
  readonly toItem: (row: Row) => Item;
};

const BAD_CURSOR = refused('invalid-field', 'after: expected the next of the page before');

/**
 * Pages over records that are never deleted: each page begins behind the last record of the one before, so there are neither gaps nor repeats,
 * whatever is added meanwhile. One record more than wanted is read, to know whether there is a next page.
 */
@Injectable()
export class RecordLists {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async page<Row extends { record_no: string }, Item extends object>(
    list: RecordList<Row, Item>,
    request: PageRequestV1,
  ): Promise<Answer<Page<Item>>> {
    const { id, after, limit } = request;
    const afterNo = after === undefined ? undefined : readCursor(list.name, after);
    if (after !== undefined && afterNo === undefined) return BAD_CURSOR;
    if (id !== undefined && !list.idForm.test(id)) return done({ items: [] });
    const { text, values } = pageQuery(list, request, afterNo);
    const rows: Row[] = await this.dataSource.query(text, values);
    // There is always a record behind a cursor that we gave.
    if (after !== undefined && rows.length === 0) return BAD_CURSOR;
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? { next: cursorAt(list.name, last.record_no) } : {};
    return done({ items: page.map(list.toItem), ...next });
  }
}

/** Only the conditions that are asked for are in the text, so that each has its index. */
function pageQuery(
  list: Omit<RecordList<never, never>, 'toItem'>,
  request: PageRequestV1,
  afterNo: string | undefined,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const conditions = (['clientId', 'merchantId', 'id'] as const).flatMap((filter) => {
    const wanted = request[filter];
    return wanted === undefined ? [] : [list.filters[filter].replace('$', () => add(wanted))];
  });
  const [beyond, direction] = list.newestFirst === true ? ['<', 'desc'] : ['>', 'asc'];
  const keyOf = (alias: string): string => list.order.map((column) => `${alias}.${column}`).join(', ');
  if (afterNo !== undefined) {
    const from = `select ${keyOf('behind')} from ${list.table} behind where behind.${list.number} = ${add(afterNo)}`;
    conditions.push(`(${keyOf(list.alias)}) ${beyond} (${from})`);
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const order = list.order.map((column) => `${list.alias}.${column} ${direction}`).join(', ');
  return { text: `${list.select} ${where} order by ${order} limit ${add(request.limit + 1)}`, values };
}
