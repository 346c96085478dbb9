#!/usr/bin/env node
/**
 * `npx workshop ...`: the command line under a short name. npx finds the Node that is installed with the packages.
 */
'use strict';

require('./preflight.cjs').installed();
void import('./cli.ts');
