import { Body, Controller, Header, HttpCode, HttpException, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { equalInConstantTime } from '@tillbridge/kernel';
import { InvalidInput, Unavailable } from '@tillbridge/platform';
import { MAX_POLLED_MESSAGES } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Channels } from '../channel/channels.js';
import { LongPollPipe, type PollAnswer } from '../channel/long-poll-pipe.js';

const BEARER = /^Bearer ([\x21-\x7e]{1,256})$/i;

type Poll = { readonly sessionId: string | undefined; readonly messages: readonly unknown[] };
type Held = { readonly pipe: LongPollPipe; readonly key: string };

/**
 * The terminal channel for terminals that cannot keep a WebSocket open (docs/TERMINAL-CHANNEL.md, "Long-poll"). The first poll brings `hello` and
 * opens a channel, its `welcome` names the session, and all later polls name it. A session lives at the replica where it began.
 */
@Controller('terminal/v1/poll')
export class PollController {
  private readonly held = new Map<string, Held>();

  constructor(@Inject(Channels) private readonly channels: Channels) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  @Header('cache-control', 'no-store')
  async poll(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<PollAnswer> {
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw unauthorized();
    const { sessionId, messages } = readBody(body);
    const pipe = sessionId === undefined ? this.open(key, messages[0]) : this.find(sessionId, key);
    // Nothing of this poll was taken, so that it can be sent again as it is.
    if (pipe.isPaused) throw new Unavailable('too many messages of this terminal wait for work');
    const poll = pipe.poll(messages.map((message) => JSON.stringify(message)));
    reply.raw.once('close', poll.abandon);
    return poll.answer;
  }

  private open(key: string, first: unknown): LongPollPipe {
    const { type, key: shown } = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
    if (type !== 'hello') throw new InvalidInput('without sessionId the first message must be hello');
    if (typeof shown !== 'string' || !equalInConstantTime(shown, key)) throw unauthorized();
    if (!this.channels.isOpen) throw new Unavailable('this replica takes no channels just now');
    const pipe = new LongPollPipe();
    const session = this.channels.open(pipe, () => this.held.delete(session.id));
    this.held.set(session.id, { pipe, key });
    return pipe;
  }

  private find(sessionId: string, key: string): LongPollPipe {
    const found = this.held.get(sessionId);
    if (found === undefined || found.pipe.isOver) throw new HttpException('the session is over: say hello', HttpStatus.GONE);
    if (!equalInConstantTime(found.key, key)) throw unauthorized();
    return found.pipe;
  }
}

const unauthorized = (): HttpException =>
  new HttpException('the terminal key must be in Authorization: Bearer, the same as in hello', HttpStatus.UNAUTHORIZED);

/** Throws InvalidInput that names the member, and never what it holds. */
function readBody(body: unknown): Poll {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new InvalidInput('the body must be a JSON object');
  const { sessionId, messages } = body as Record<string, unknown>;
  if (sessionId !== undefined && typeof sessionId !== 'string') throw new InvalidInput('sessionId must be a text, or be left out');
  if (!Array.isArray(messages) || messages.length > MAX_POLLED_MESSAGES) {
    throw new InvalidInput(`messages must be a list of at most ${MAX_POLLED_MESSAGES} messages`);
  }
  return { sessionId, messages };
}
