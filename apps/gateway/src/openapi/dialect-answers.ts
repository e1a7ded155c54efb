import { tokenChannels, type TokenChannel } from '@tillbridge/contracts';
import type { Advice } from '@tillbridge/protocol';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';
import { Says } from './says.js';

/** What the Paywizard dialect answers, declared for the document (WIRE.md 2 and 6). A test holds the answers against it. */

const moneyMoved = ['yes', 'no', 'unknown'] as const;

export class DialectAdvice {
  @Says('Whether the same request may be sent again without danger of a second payment.')
  @IsBoolean()
  safeToRetry!: boolean;
  @IsIn(moneyMoved) moneyMoved!: Advice['moneyMoved'];
  @IsString() nextAction!: string;
}

export class DialectEnvelope {
  @Says('200 is success; anything else is an error of the catalogue, mostly under HTTP 200.')
  @IsInt()
  code!: number;
  @IsString() msg!: string;
  @Says('yyyy-MM-dd HH:mm:ss, UTC.')
  @IsString()
  @Matches(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
  timestamp!: string;
  @Says('Beside an error.')
  @IsOptional()
  @ValidateNested()
  @Type(() => DialectAdvice)
  advice?: DialectAdvice;
}

export class BoundTill {
  @IsString() terminalId!: string;
  @IsString() terminalSn!: string;
  @IsString() bindPosId!: string;
}

export class AccessToken {
  @IsString() token!: string;
  @IsString() merchantId!: string;
  @IsString() merchantName!: string;
  @IsIn(tokenChannels) type!: TokenChannel;
  @IsString() channelName!: string;
  @Says('-1: it does not expire.')
  @IsInt()
  expiryTime!: number;
}

/** What is told of a transaction besides how it stands. */
class TransactionDetails {
  @IsString() checkoutId!: string;
  @Says('Our number of the transaction, 18 digits; `checkoutId` and `paywizardId` are the same.')
  @IsString()
  transIndexCode!: string;
  @IsString() paywizardId!: string;
  @IsString() mid!: string;
  @Says('Minor units, as digits.')
  @IsString()
  amount!: string;
  @IsString() currencyCode!: string;
  @IsString() transType!: string;
  @IsString() tranTime!: string;
  @Says('Masked.')
  @IsString()
  cardNo!: string;
  @IsString() cardToken!: string;
  @IsString() transId!: string;
  @IsString() invoiceNum!: string;
  @IsString() traceNum!: string;
  @IsString() rrn!: string;
  @IsString() respCode!: string;
  @IsString() respDesc!: string;
}

export class TransactionResult extends TransactionDetails {
  @Says(
    '1 pending, 2 completed, 3 revoked, 4 refunded, 5 closed, 6 partly refunded, 7 pre-auth completed, 8 pre-auth revoked, 9 partly revoked.',
  )
  @IsInt()
  state!: number;
  @Says('0 success, 1 failed, 2 not known yet.')
  @IsInt()
  transResult!: number;
}

const nothingOr = (...numbers: number[]): (number | string)[] => [...numbers, ''];

/** The members of the result query, all of them empty where there is no transaction to tell of, and our own beside them. */
export class TerminalOperationResult extends TransactionDetails {
  @Says('As in the result query; an empty text where there is no transaction to tell of.')
  @IsIn(nothingOr(1, 2, 3, 4, 5, 6, 7, 8, 9))
  state!: number | string;
  @Says('2 for what was asked to stop: what it comes to is for the terminal to say. An empty text where there is no transaction.')
  @IsIn(nothingOr(0, 1, 2))
  transResult!: number | string;
  @Says('Of operation 1: whether the terminal is connected.')
  @IsOptional()
  @IsBoolean()
  online?: boolean;
  @Says('Of operation 1: whether a transaction of the till is under way; the other members tell of it.')
  @IsOptional()
  @IsBoolean()
  busy?: boolean;
  @Says('Of operation 1: since when it is connected or not, yyyy-MM-dd HH:mm:ss, UTC; absent when it never was.')
  @IsOptional()
  @IsString()
  since?: string;
  @Says("Of operation 1: the version of the terminal's app.")
  @IsOptional()
  @IsString()
  appVersion?: string;
  @Says('Of operation 1: how long ago it was heard last, milliseconds.')
  @IsOptional()
  @IsInt()
  lastSeenMs?: number;
  @Says('Of operation 1: its last round trip, milliseconds.')
  @IsOptional()
  @IsNumber()
  rttMs?: number;
  @Says('Of operation 2: whether the terminal printed.')
  @IsOptional()
  @IsBoolean()
  done?: boolean;
}
