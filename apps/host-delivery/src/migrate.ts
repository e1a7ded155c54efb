import { runMigrations } from '@tillbridge/platform';
import { migrations } from './app.module.js';

await runMigrations('host-delivery', migrations);
