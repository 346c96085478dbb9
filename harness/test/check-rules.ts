/**
 * What a check must not do, because it makes a verdict depend on luck: sleep, try again, use a port that it did not get from the
 * kernel. Looks at the syntax tree, so that texts and comments may speak of all of it. check-rules.test.ts applies it.
 */
import ts from 'typescript';

/** Files that may wait by the clock, and what for. */
const TIMERS_ALLOWED: Readonly<Record<string, string>> = {
  'harness/checks/live-context.ts': 'elapse() proves a lower bound and shows its reason',
  'harness/checks/looks.ts': 'the looks at the state of the kernel are spaced out',
  'harness/checks/run.ts': 'the one deadline behind every check',
};

/** Files that may name a port, and why. */
const PORTS_ALLOWED: Readonly<Record<string, string>> = {
  'harness/checks/udp-trouble.ts':
    'a made-up sender at an address without a route has a port as well; nobody binds it',
  'harness/checks/udp-stop.ts': 'the same: forged senders, to whom nothing can be sent',
};

/** A wait by the clock must say what it is for. */
const FEWEST_WORDS = 3;

/** `file:line: what is wrong` for everything in a file of checks that breaks a rule. @param file from the root of the repository */
export function checkRuleViolations(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const rule of [waitsByTheClock, elapsesWithoutReason, triesAgain, fixesPort]) {
      const what = rule(node, file);
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      if (what !== undefined) found.push(`${file}:${line}: ${what}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const TIMERS = /^(?:setTimeout|setInterval|Atomics\.wait(?:Async)?|scheduler\.wait)$/;
const CLOCK = /\b(?:performance|Date)\.now\(\)|\bprocess\.hrtime\b/;

function waitsByTheClock(node: ts.Node, file: string): string | undefined {
  if (file in TIMERS_ALLOWED) return undefined;
  const instead = 'wait for an event or a state of the kernel';
  if (ts.isImportDeclaration(node) && /^.(?:node:)?timers\b/.test(node.moduleSpecifier.getText()))
    return `imports timers: ${instead}`;
  if (ts.isCallExpression(node) && TIMERS.test(node.expression.getText().replace(/^globalThis\./, '')))
    return `calls ${node.expression.getText()}: ${instead}`;
  if ((ts.isWhileStatement(node) || ts.isDoStatement(node)) && CLOCK.test(node.expression.getText()))
    return `loops until the clock says so: ${instead}`;
  if (ts.isForStatement(node) && CLOCK.test(node.condition?.getText() ?? ''))
    return `loops until the clock says so: ${instead}`;
  return isCallOf(node, 'until') && CLOCK.test(node.arguments[1]?.getText() ?? '')
    ? `waits until the clock says so: ${instead}`
    : undefined;
}

function elapsesWithoutReason(node: ts.Node): string | undefined {
  if (!isCallOf(node, 'elapse')) return undefined;
  const [, why] = node.arguments;
  const isText = why && (ts.isStringLiteralLike(why) || ts.isTemplateExpression(why));
  const words = isText ? why.getText().split(/\s+/).length : 0;
  return words < FEWEST_WORDS ? 'elapse() without a reason: say which lower bound it proves' : undefined;
}

function triesAgain(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) || !/^(?:retry|retries|retrying|repeats)$/i.test(node.text)) return undefined;
  return `${node.text}: a check that fails once has failed`;
}

/** `port`, `localPort`, `BUSY_PORT`; not `report`. */
const PORT = /(?:^p|P)ort$|(?:^|_)PORT$/;

/** Port 0 lets the kernel choose; the port of a ready line is a variable. A wrong port for a server to refuse is a text. */
function fixesPort(node: ts.Node, file: string): string | undefined {
  if (file in PORTS_ALLOWED) return undefined;
  const what = 'a fixed port: somebody else may have it';
  if (ts.isPropertyAssignment(node) && PORT.test(nameOf(node.name)) && isFixed(node.initializer)) return what;
  if (ts.isVariableDeclaration(node) && PORT.test(node.name.getText()) && isFixed(node.initializer))
    return what;
  if (
    !ts.isCallExpression(node) ||
    !/(?:^|\.)(?:listen|connect|createConnection|bind)$/.test(node.expression.getText())
  )
    return undefined;
  return isFixed(node.arguments[0]) ? what : undefined;
}

function isFixed(value: ts.Node | undefined): boolean {
  return value !== undefined && ts.isNumericLiteral(value) && Number(value.text) !== 0;
}

function nameOf(name: ts.PropertyName): string {
  return ts.isStringLiteralLike(name) ? name.text : name.getText();
}

function isCallOf(node: ts.Node, method: string): node is ts.CallExpression {
  return ts.isCallExpression(node) && new RegExp(`(?:^|\\.)${method}$`).test(node.expression.getText());
}
