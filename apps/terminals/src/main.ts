import { readConfigurationOrExit, runService } from '@tillbridge/platform';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { prepareEdge } from './http/prepare-edge.js';

const config = readConfigurationOrExit(readConfig);

await runService({ name: 'terminals', module: AppModule.forRoot(config), settings: config, prepare: prepareEdge });
