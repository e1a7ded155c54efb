import { readConfigurationOrExit, runService } from '@tillbridge/platform';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { gatewayLimits } from './http/edge-limits.js';
import { prepareEdge } from './http/prepare-edge.js';

const config = readConfigurationOrExit(readConfig);

await runService({
  ...{ name: 'gateway', module: AppModule.forRoot(config), settings: config },
  ...{ bodyParser: false, limits: gatewayLimits, prepare: prepareEdge },
});
