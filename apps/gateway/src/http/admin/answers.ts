import { INSTANT, TimelineV1 } from '@tillbridge/contracts';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, IsUUID, Matches, Min } from 'class-validator';
import { Says } from '../../openapi/says.js';

/** What operators get for what they made. Secrets, tokens, keys and codes are shown here and never again. */

export class DeveloperAdded {
  @IsString() clientId!: string;
  @Says('Shown once.')
  @IsString()
  clientSecret!: string;
  @IsUUID() secretUid!: string;
}

export class ClientSecretAdded {
  @IsUUID() secretUid!: string;
  @Says('Shown once. Valid beside the secrets that there were.')
  @IsString()
  clientSecret!: string;
}

export class SecretsResealed {
  @IsInt() @Min(0) resealed!: number;
  @Says('How many are still sealed with an older key: call again until it is 0, then the older key can go.')
  @IsInt()
  @Min(0)
  left!: number;
}

export class MerchantAdded {
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
}

export class MerchantTokenAdded {
  @IsUUID() tokenUid!: string;
  @Says('Shown once.')
  @IsString()
  token!: string;
}

export class TerminalAdded {
  @Says('Shown once.')
  @IsString()
  key!: string;
}

export class PairingCodeAdded {
  @IsUUID() terminalUid!: string;
  @Says('False: the terminal has a key or an open code already, and nothing was changed.')
  @IsBoolean()
  invited!: boolean;
  @IsOptional() @IsUUID() codeUid?: string;
  @Says('Shown once. Case, blanks and hyphens do not count when it is typed.')
  @IsOptional()
  @IsString()
  code?: string;
  @IsOptional() @IsString() @Matches(INSTANT) expiresAt?: string;
}

export class EndpointAdded {
  @IsUUID() endpointId!: string;
}

export class Timeline extends TimelineV1 {
  @Says('Services that did not answer: what they recorded is not in it.')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  missing?: string[];
}

/** RFC 9457. */
export class Problem {
  @IsString() title!: string;
  @Says('The HTTP status.')
  @IsInt()
  status!: number;
  @Says('The code of the error catalogue.')
  @IsInt()
  code!: number;
  @IsOptional() @IsString() detail?: string;
  @Says('Of a fault of ours: its id in our log.')
  @IsOptional()
  @IsString()
  correlationId?: string;
}
