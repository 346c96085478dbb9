// Says in one line what is missing, before anything else runs. Written in old syntax, with nothing but Node itself,
// so that any Node from 4 on can run it and still tell its user that it is too old.
//
//   node harness/preflight.cjs bootstrap   before npm ci: the tools of this machine
//   node harness/preflight.cjs installed   after npm ci: the Node that will really run; workshop.cjs asks the same

'use strict';

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');

var EXIT_CONFIGURATION = 78;
var OLDEST_BOOTSTRAP = [18, 0];
var OLDEST_SUPPORTED = [24, 15];
var MISSING = {
  git: 'git (Debian, Ubuntu: apt-get install git)',
  npm: 'npm (Debian, Ubuntu: apt-get install npm)',
  make: 'make (Debian, Ubuntu: apt-get install make)',
  python3: 'python3, which node-gyp needs (Debian, Ubuntu: apt-get install python3)',
  unshare: 'util-linux (Debian, Ubuntu: apt-get install util-linux)',
};

function refuse(sentence) {
  process.stderr.write(`preflight: ${sentence}\n`);
  process.exit(EXIT_CONFIGURATION);
}

function isOnPath(program) {
  return (process.env.PATH || '').split(path.delimiter).some((folder) => {
    try {
      fs.accessSync(path.join(folder, program), fs.constants.X_OK);
      return true;
    } catch (_error) {
      return false;
    }
  });
}

function version() {
  return process.versions.node.split('.').map(Number);
}

function isAtLeast(wanted) {
  var have = version();
  return have[0] > wanted[0] || (have[0] === wanted[0] && have[1] >= wanted[1]);
}

/** True for ^24.15.0 || >=26.0.0: the odd releases end within months, and our tools exclude 25. */
function isSupportedNode() {
  return isAtLeast(OLDEST_SUPPORTED) && version()[0] !== 25;
}

function checkCompiler() {
  var compiler = (process.env.CC || 'cc').split(' ');
  var source =
    '#include <sys/epoll.h>\n#include <stdint.h>\nint main(void) { return epoll_create1(0) < 0; }\n';
  var flags = compiler.slice(1).concat(['-x', 'c', '-fsyntax-only', '-']);
  var result = childProcess.spawnSync(compiler[0], flags, { input: source, encoding: 'utf8' });
  // Only ENOENT: a program that exits before it has read the source gives EPIPE, and is there all the same.
  if (result.error && result.error.code === 'ENOENT') {
    refuse(`no C compiler: \`${compiler[0]}\` was not found (Debian, Ubuntu: apt-get install gcc libc6-dev)`);
  }
  if (result.status !== 0) {
    refuse(
      `\`${compiler[0]}\` cannot compile for Linux: install the C library's headers (Debian, Ubuntu: apt-get install libc6-dev)`,
    );
  }
}

function bootstrap() {
  if (process.platform !== 'linux') {
    refuse(
      'this needs Linux (epoll, network namespaces): on macOS and Windows open the folder in its devcontainer',
    );
  }
  if (!isAtLeast(OLDEST_BOOTSTRAP)) {
    refuse(`Node ${process.versions.node} is too old to bootstrap: install Node 18 or newer`);
  }
  if (process.arch !== 'x64' && !isSupportedNode()) {
    refuse(`on ${process.arch} install Node 24.15 or newer (not 25): this one is ${process.versions.node}`);
  }
  for (var program of Object.keys(MISSING)) {
    if (!isOnPath(program)) refuse(`\`${program}\` was not found: install ${MISSING[program]}`);
  }
  checkCompiler();
}

function installed() {
  if (!isSupportedNode()) {
    refuse(
      `Node ${process.versions.node} runs here, but 24.15 or newer (not 25) is needed: ` +
        'run `npm ci` without --omit=optional, which brings the right one along',
    );
  }
}

if (require.main !== module) module.exports = { installed };
else if (process.argv[2] === 'installed') installed();
else bootstrap();
