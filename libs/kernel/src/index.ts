export * from './assert.js';
export * from './card-data.js';
export * from './cards.js';
export * from './clock.js';
export { type Currency } from './currencies.js';
export * from './ids.js';
export * from './money.js';
export * from './retry.js';
export * from './secrets.js';
