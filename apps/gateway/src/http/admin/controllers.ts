import { ClientSecretsController, DevelopersController } from './developers.controller.js';
import { MerchantsController, MerchantTokensController } from './merchants.controller.js';
import { AuditLogController, EndpointsController, TransactionsController } from './records.controller.js';
import { PairingCodesController, TerminalsController } from './terminals.controller.js';
import { BindingsController, TillsController } from './tills.controller.js';

/** The operators' API, in the order in which an operator meets it. */
export const adminControllers = [
  DevelopersController,
  ClientSecretsController,
  MerchantsController,
  MerchantTokensController,
  TerminalsController,
  PairingCodesController,
  TillsController,
  BindingsController,
  EndpointsController,
  TransactionsController,
  AuditLogController,
];
