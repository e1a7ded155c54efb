import { Body, Controller, Header, HttpCode, HttpException, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { errors, pairTerminal, type PairedV1, type PairTerminalV1 } from '@tillbridge/contracts';
import { isStorable, newTerminalKey, normalisePairingCode, sha256Hex, unreachable } from '@tillbridge/kernel';
import { newCause, RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import { InvalidInput, Unavailable } from '@tillbridge/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PairingAttempts } from './pairing-attempts.js';

/** Longer than a code with a blank or hyphen after every character. */
const MAX_CODE_LENGTH = 32;
const MAX_SN_LENGTH = 64;
/** A code works once, so a second try without an answer to the first must bring the same key; after the terminal's call has ended nobody has it. */
const TRIES = 2;
const TRY_TIMEOUT_MS = 8_000;

type PairingRequest = { readonly code: string; readonly terminalSn: string };
type Paired = { readonly terminalId: string; readonly merchantId: string; readonly key: string };

/** Where a terminal gets its key by showing a code (docs/TERMINAL-CHANNEL.md, "Pairing"). */
@Controller('terminal/v1/pairing')
export class PairingController {
  constructor(
    @Inject(RequestClient) private readonly client: Pick<RequestClient, 'request'>,
    @Inject(PairingAttempts) private readonly attempts: PairingAttempts,
  ) {}

  /** `{code, terminalSn}` → `{terminalId, merchantId, key}`. The key is made here and shown this once; what is kept of it is a hash. */
  @Post()
  @HttpCode(HttpStatus.OK)
  @Header('cache-control', 'no-store')
  async pair(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Paired> {
    const { code, terminalSn } = readBody(body);
    const attempt = this.attempts.begin(terminalSn, request.ip);
    if (!('succeeded' in attempt)) {
      reply.header('retry-after', String(Math.ceil(attempt.waitMs / 1000)));
      throw new HttpException(errors['too-many-requests'].text, HttpStatus.TOO_MANY_REQUESTS);
    }
    const key = newTerminalKey();
    const shown = { terminalSn, codeHash: sha256Hex(normalisePairingCode(code)), keyHash: sha256Hex(key) };
    const { terminalId, merchantId } = pairedOrProblem(await this.ask(shown, newCause(traceOf(request))));
    attempt.succeeded();
    return { terminalId, merchantId, key };
  }

  private async ask(request: PairTerminalV1, cause: Cause): Promise<Outcome<PairedV1>> {
    for (let tried = 1; ; tried += 1) {
      const outcome = await this.client.request(pairTerminal, request, cause, TRY_TIMEOUT_MS);
      if (outcome.outcome !== 'no-answer' || tried === TRIES) return outcome;
    }
  }
}

/** Throws InvalidInput that names the member, and never what it holds. */
function readBody(body: unknown): PairingRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new InvalidInput('the body must be a JSON object');
  const { code, terminalSn, ...others } = body as Record<string, unknown>;
  if (Object.keys(others).length > 0) throw new InvalidInput('the body must have the members code and terminalSn, and no others');
  return { code: textOf('code', code, MAX_CODE_LENGTH), terminalSn: textOf('terminalSn', terminalSn, MAX_SN_LENGTH) };
}

function textOf(name: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) {
    throw new InvalidInput(`${name} must be a text of 1 to ${maxLength} characters`);
  }
  if (!isStorable(value)) throw new InvalidInput(`${name} must be text without NUL and without half characters`);
  return value;
}

/** Whatever is wrong with the code, the answer is one and the same. */
function pairedOrProblem(outcome: Outcome<PairedV1>): PairedV1 {
  switch (outcome.outcome) {
    case 'done':
      return outcome.value;
    case 'refused':
      throw new HttpException(errors[outcome.refusal.name].text, HttpStatus.NOT_FOUND);
    case 'unavailable':
      throw new Unavailable('terminals cannot be paired just now', outcome.retryAfterMs);
    case 'expired':
      throw new Unavailable('terminals cannot be paired just now');
    case 'no-answer':
      throw new HttpException(
        'no answer in time: the code may be used up, and the operator has to give a new one',
        HttpStatus.GATEWAY_TIMEOUT,
      );
    case 'defect':
      throw new HttpException(`internal error ${outcome.correlationId}`, HttpStatus.INTERNAL_SERVER_ERROR);
    default:
      return unreachable(outcome, 'outcome');
  }
}

function traceOf(request: FastifyRequest): string | undefined {
  const { traceparent } = request.headers;
  return Array.isArray(traceparent) ? traceparent[0] : traceparent;
}
