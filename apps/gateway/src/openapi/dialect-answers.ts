import { tokenChannels, type TokenChannel } from '@tillbridge/contracts';
import type { Advice } from '@tillbridge/protocol';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';
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

export class TransactionResult {
  @IsString() checkoutId!: string;
  @Says('Our number of the transaction, 18 digits; `checkoutId` and `paywizardId` are the same.')
  @IsString()
  transIndexCode!: string;
  @IsString() paywizardId!: string;
  @IsString() mid!: string;
  @Says('Minor units, as digits.')
  @IsString()
  amount!: string;
  @Says(
    '1 pending, 2 completed, 3 revoked, 4 refunded, 5 closed, 6 partly refunded, 7 pre-auth completed, 8 pre-auth revoked, 9 partly revoked.',
  )
  @IsInt()
  state!: number;
  @IsString() currencyCode!: string;
  @IsString() transType!: string;
  @IsString() tranTime!: string;
  @Says('Masked.')
  @IsString()
  cardNo!: string;
  @IsString() cardToken!: string;
  @Says('0 success, 1 failed, 2 not known yet.')
  @IsInt()
  transResult!: number;
  @IsString() transId!: string;
  @IsString() invoiceNum!: string;
  @IsString() traceNum!: string;
  @IsString() rrn!: string;
  @IsString() respCode!: string;
  @IsString() respDesc!: string;
}
