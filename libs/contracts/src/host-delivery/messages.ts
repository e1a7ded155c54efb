import { IsInt, IsOptional, IsString, IsUUID, Length, Matches, Min } from 'class-validator';
import { RecordedV1 } from '../define/answer.js';
import { defineFact, defineRequest } from '../define/define.js';
import { INSTANT } from '../values.js';

export class RegisterEndpointV1 {
  @IsUUID() endpointId!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 2048) url!: string;
  /** Signs pushes in the Paywizard style (with clientId) and as a Standard Webhook. Stored encrypted. */
  @IsString() @Length(16, 128) signingSecret!: string;
}

export const registerEndpoint = defineRequest({
  context: 'host-delivery',
  name: 'register-endpoint',
  version: 1,
  meaning: "Push a merchant's final results to this URL.",
  payload: RegisterEndpointV1,
  answer: RecordedV1,
  keysOf: (request) => [`endpoint:${request.endpointId}`],
  sample: {
    endpointId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006',
    clientId: '825429536610058240',
    merchantId: '10800000003',
    url: 'https://host.example/hook',
    signingSecret: '00000000000000000000000000000000',
  },
});

/** The state of one delivery after an attempt. */
export class DeliveryV1 {
  /** Also the `webhook-id` of every attempt. */
  @IsUUID() deliveryId!: string;
  @IsInt() @Min(1) version!: number;
  /** Absent for a per-transaction callback. */
  @IsOptional() @IsUUID() endpointId?: string;
  @IsUUID() transactionId!: string;
  @IsInt() @Min(1) attempts!: number;
  @IsString() @Matches(INSTANT) at!: string;
  @IsOptional() @IsInt() lastStatus?: number;
}

const sample: DeliveryV1 = {
  deliveryId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a007',
  version: 2,
  endpointId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006',
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  attempts: 1,
  at: '2026-11-01T10:00:03.000Z',
  lastStatus: 200,
};

export const deliverySucceeded = defineFact({
  context: 'host-delivery',
  name: 'delivery-succeeded',
  version: 1,
  meaning: 'The host took the result.',
  payload: DeliveryV1,
  sample,
});

export const deliveryExhausted = defineFact({
  context: 'host-delivery',
  name: 'delivery-exhausted',
  version: 1,
  meaning: 'The schedule is used up; the delivery is parked and can be replayed.',
  payload: DeliveryV1,
  sample: { ...sample, version: 16, attempts: 16, lastStatus: 500 },
});
