#!/usr/bin/env node
// The program that npm links as `tillbridge-sim`. It may be started by any Node.js from 20 on and before anything was built: the bootstrap brings
// the pinned Node.js and the build, and then runs the simulator in the caller's own folder.
process.argv.splice(2, 0, 'tillbridge-sim');
await import('../../../tools/bootstrap.mjs');
