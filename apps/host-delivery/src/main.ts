import { connectHandlers } from '@tillbridge/messaging';
import { readConfigurationOrExit, runService } from '@tillbridge/platform';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';

const config = readConfigurationOrExit(readConfig);

await runService({ name: 'host-delivery', module: AppModule.forRoot(config), settings: config, prepare: connectHandlers });
