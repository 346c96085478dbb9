/**
 * Who may import whom, for TypeScript. One rule per room; harness/test/architecture.test.ts runs them, and proves that
 * each one bites. The same table for C is harness/test/include-rules.ts.
 *
 * Tests (any `test/` folder) may import their own room, npm packages and harness/vectors/read.ts; tests of the harness
 * may also import clients. Everything else in a `test/` folder counts as a test.
 */

'use strict';

const TEST = '/test/';
const CORE = ['core'];
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer'];

module.exports = {
  forbidden: [
    {
      name: 'wire-imports-nothing',
      comment: 'wire turns bytes into values: no socket, no clock, no net',
      severity: 'error',
      from: { path: '^servers-ts/wire/' },
      to: { pathNot: '^servers-ts/wire/' },
    },
    {
      name: 'net-knows-no-protocol',
      comment: 'net imports Node built-ins and itself: what the bytes mean is not its business',
      severity: 'error',
      from: { path: '^servers-ts/net/' },
      to: { pathNot: '^servers-ts/net/', dependencyTypesNot: CORE },
    },
    {
      name: 'programs-join-net-and-wire',
      comment:
        'a server imports net, wire and the folder of its own name: what it needs of Node, net offers; the parts of a ' +
        'file of net are for net',
      severity: 'error',
      from: { path: '^servers-ts/([^/.]+)(\\.ts$|/)', pathNot: '^servers-ts/(net|wire|test)/' },
      to: { pathNot: '^servers-ts/((net|wire)/[^/]+$|$1/)' },
    },
    {
      name: 'clients-stand-alone',
      comment: 'clients build bytes on their own: a shared codec hides a shared bug',
      severity: 'error',
      from: { path: '^clients/', pathNot: TEST },
      to: { pathNot: '^clients/', dependencyTypesNot: CORE },
    },
    {
      name: 'harness-only-starts-servers',
      comment: 'the harness knows servers, solutions and exercises by the contract, never as code',
      severity: 'error',
      from: { path: '^harness/' },
      to: { pathNot: '^(harness|clients)/', dependencyTypesNot: [...CORE, ...NPM] },
    },
    {
      name: 'tests-stay-in-their-room',
      comment: 'a test imports its own room, npm packages and the reader of the vectors',
      severity: 'error',
      from: { path: '^(servers-ts|servers-c|clients)/test/' },
      to: { pathNot: ['^$1/', '^harness/vectors/read\\.ts$'], dependencyTypesNot: [...CORE, ...NPM] },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'code that runs does not lean on tests',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'peers-are-only-started',
      comment: 'what the bench compares with keeps the contract and is started, not imported',
      severity: 'error',
      from: { pathNot: '^harness/bench/peers/' },
      to: { path: '^harness/bench/peers/' },
    },
    {
      name: 'peers-stand-alone',
      comment: 'a peer is a program of its own',
      severity: 'error',
      from: { path: '^harness/bench/peers/' },
      to: { pathNot: '^harness/bench/peers/', dependencyTypesNot: CORE },
    },
    {
      name: 'faulty-servers-stand-alone',
      comment: 'a deliberately wrong server is a program of its own, and is only started',
      severity: 'error',
      from: { path: '^harness/test/faulty/ts/' },
      to: { pathNot: '^harness/test/faulty/ts/', dependencyTypesNot: CORE },
    },
    {
      name: 'faulty-servers-are-only-started',
      severity: 'error',
      from: { pathNot: '^harness/test/faulty/ts/' },
      to: { path: '^harness/test/faulty/ts/' },
    },
    {
      name: 'exercises-are-never-imported',
      comment: 'they are what students change',
      severity: 'error',
      from: {},
      to: { path: '^exercises/' },
    },
    {
      name: 'solutions-stand-alone',
      comment:
        'a solution needs the standard library and what is given to every exercise, like the stub made from it',
      severity: 'error',
      from: { path: '^solutions/([^/]+)/' },
      to: { pathNot: '^solutions/($1|given)/', dependencyTypesNot: CORE },
    },
    {
      name: 'solutions-are-only-started',
      severity: 'error',
      from: { pathNot: '^solutions/' },
      to: { path: '^solutions/' },
    },
    {
      name: 'no-cycles',
      comment:
        'files that need each other to load work or fail by the order of imports; types may refer to each other',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports-resolve',
      comment: 'an import that is not found escapes every other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Imports of types count too: they tie rooms together just as much.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
