import {
  deadlineSeconds,
  lateResultPolicies,
  standings,
  terminalPolicies,
  tokenChannels,
  type LateResultPolicy,
  type Standing,
  type TerminalPolicy,
  type TokenChannel,
} from '@tillbridge/contracts';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Max, Min } from 'class-validator';
import { Says } from '../../openapi/says.js';

/** What operators send. Members that are not named here are refused. */

const CURRENCY = /^\d{3}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

const LATE_RESULTS =
  'What becomes of a charge that is proven after its transaction was closed: it corrects the outcome, is given back by a reversal as well, or waits for a person.';
const DEADLINE = 'How many seconds a terminal may take for a transaction.';

export class AddDeveloper {
  @IsString() @Length(1, 200) name!: string;
  @Says('Whether calls of version 1, without a signature, are taken. Absent: yes.')
  @IsOptional()
  @IsBoolean()
  unsignedAllowed?: boolean;
}

export class ChangeDeveloper {
  @IsOptional() @IsString() @Length(1, 200) name?: string;
  @IsOptional() @IsIn(standings) standing?: Standing;
  @IsOptional() @IsBoolean() unsignedAllowed?: boolean;
}

export class AddMerchant {
  @IsString() @Length(1, 40) clientId!: string;
  @Says("The processor's merchant number (`mid`).")
  @IsString()
  @Length(1, 40)
  merchantId!: string;
  @IsString() @Length(1, 200) name!: string;
  @Says('ISO 4217, numeric.')
  @IsString()
  @Matches(CURRENCY)
  currencyCode!: string;
  @Says('Whether `registerTerminal` may create a terminal that was never enrolled. Absent: enrolled-only.')
  @IsOptional()
  @IsIn(terminalPolicies)
  terminalPolicy?: TerminalPolicy;
  @Says(`${LATE_RESULTS} Absent: attach.`)
  @IsOptional()
  @IsIn(lateResultPolicies)
  lateResults?: LateResultPolicy;
  @Says(`${DEADLINE} Absent: ${deadlineSeconds.usual}.`)
  @IsOptional()
  @IsInt()
  @Min(deadlineSeconds.min)
  @Max(deadlineSeconds.max)
  deadlineSeconds?: number;
}

export class ChangeMerchant {
  @IsOptional() @IsString() @Length(1, 200) name?: string;
  @IsOptional() @IsString() @Matches(CURRENCY) currencyCode?: string;
  @IsOptional() @IsIn(standings) standing?: Standing;
  @IsOptional() @IsIn(terminalPolicies) terminalPolicy?: TerminalPolicy;
  @Says(LATE_RESULTS)
  @IsOptional()
  @IsIn(lateResultPolicies)
  lateResults?: LateResultPolicy;
  @Says(DEADLINE)
  @IsOptional()
  @IsInt()
  @Min(deadlineSeconds.min)
  @Max(deadlineSeconds.max)
  deadlineSeconds?: number;
}

export class AddMerchantToken {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @Says('`Terminal` opens the semi-open paths.')
  @IsIn(tokenChannels)
  channel!: TokenChannel;
  @Says('When it ends, UTC. Absent: never.')
  @IsOptional()
  @IsString()
  @Matches(INSTANT)
  expiresAt?: string;
}

export class AddTerminal {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @Says("The acquirer's number (TID).")
  @IsString()
  @Length(1, 32)
  terminalId!: string;
}

export class ChangeTerminal {
  @IsOptional() @IsString() @Length(1, 32) terminalId?: string;
  @Says('A suspended terminal loses its channel and gets none.')
  @IsOptional()
  @IsIn(standings)
  standing?: Standing;
}

export const DEFAULT_CODE_LIFE_SECONDS = 900;
export const MAX_CODE_LIFE_SECONDS = 2_592_000;
const MIN_CODE_LIFE_SECONDS = 60;

export class AddPairingCode {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @Says('Absent: `00000000`, the placeholder.')
  @IsOptional()
  @IsString()
  @Length(1, 32)
  terminalId?: string;
  @Says('How long the code may be used. Absent: 900; at most 30 days.')
  @IsOptional()
  @IsInt()
  @Min(MIN_CODE_LIFE_SECONDS)
  @Max(MAX_CODE_LIFE_SECONDS)
  lifeSeconds?: number;
  @Says(
    'Give a new code although an open one exists (which then ends), or although the terminal has a key (which stays until the code is used).',
  )
  @IsOptional()
  @IsBoolean()
  renew?: boolean;
}

export class ChangeTill {
  @IsIn(standings) standing!: Standing;
}

export class AddBinding {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @Says('Absent: `00000000`, the placeholder.')
  @IsOptional()
  @IsString()
  @Length(1, 32)
  terminalId?: string;
  @Says('Bind a till anew that is bound to another terminal, even while a transaction is open on it. Absent: no.')
  @IsOptional()
  @IsBoolean()
  rebind?: boolean;
}

export class AddEndpoint {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @Says('Where final results are pushed.')
  @IsString()
  @Length(1, 2048)
  url!: string;
  @Says('Signs the pushes; stored encrypted.')
  @IsString()
  @Length(16, 128)
  signingSecret!: string;
  @Says('The endpoint to change. Absent: a new one.')
  @IsOptional()
  @IsUUID()
  endpointId?: string;
}
