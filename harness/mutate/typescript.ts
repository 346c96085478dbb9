/**
 * Finds the mutants of a file of TypeScript, by the syntax tree that the compiler makes. Pure.
 *
 * Types, imports, texts and what is only logged are left alone: no check speaks of the words of a log line.
 */
import ts from 'typescript';
import { exchangeFor, type Mutant, neighbours, type Operator } from './mutant.ts';

type Replace = (node: ts.Node, operator: Operator, ...replacements: string[]) => void;

/** All mutants, in the order of the text. @param file path from the root of the repository */
export function typescriptMutants(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const replace: Replace = (node, operator, ...replacements) => {
    const [start, end] = [node.getStart(source), node.end];
    for (const replacement of replacements)
      mutants.push({ language: 'ts', file, start, end, replacement, operator });
  };
  const visit = (node: ts.Node): void => {
    if (isLeftAlone(node)) return;
    exchangeOperator(node, replace);
    changeConstant(node, replace);
    negateCondition(node, replace);
    dropStatement(node, replace);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants.sort((a, b) => a.start - b.start);
}

function isLeftAlone(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTemplateExpression(node) ||
    (ts.isCallExpression(node) && /^log\b|^log[A-Z]/.test(node.expression.getText()))
  );
}

function exchangeOperator(node: ts.Node, replace: Replace): void {
  if (ts.isBinaryExpression(node)) {
    const exchange = exchangeFor(node.operatorToken.getText());
    if (exchange && !joinsTexts(node)) replace(node.operatorToken, ...exchange);
  } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator, operand } = node;
    if (operator === ts.SyntaxKind.TildeToken) replace(node, 'bit', operand.getText());
    const swapped = operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++';
    if (operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken)
      replace(
        node,
        'arithmetic',
        ts.isPrefixUnaryExpression(node) ? swapped + operand.getText() : operand.getText() + swapped,
      );
  }
}

/** A `+` of texts has no other side. */
function joinsTexts({ left, right, operatorToken }: ts.BinaryExpression): boolean {
  const isText = (node: ts.Node): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
  return operatorToken.getText().startsWith('+') && (isText(left) || isText(right));
}

function changeConstant(node: ts.Node, replace: Replace): void {
  if (node.kind === ts.SyntaxKind.TrueKeyword) replace(node, 'constant', 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) replace(node, 'constant', 'true');
  if ((ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) && !ts.isPropertyAssignment(node.parent))
    replace(node, 'constant', ...neighbours(node.getText()));
  else if (
    ts.isNumericLiteral(node) &&
    ts.isPropertyAssignment(node.parent) &&
    node.parent.initializer === node
  )
    replace(node, 'constant', ...neighbours(node.getText()));
}

function negateCondition(node: ts.Node, replace: Replace): void {
  const condition = conditionOf(node);
  if (condition && !isEquality(condition)) replace(condition, 'condition', `!(${condition.getText()})`);
}

/** To exchange its operator is to negate it. */
function isEquality(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) && /^[!=]==?$/.test(node.operatorToken.getText());
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  return ts.isForStatement(node) || ts.isConditionalExpression(node) ? node.condition : undefined;
}

function dropStatement(node: ts.Node, replace: Replace): void {
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) replace(node, 'statement', ';');
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) replace(node, 'statement', ';');
  if (!ts.isReturnStatement(node)) return;
  if (!node.expression) replace(node, 'statement', ';');
  else if (!/^(undefined|true|false)$/.test(node.expression.getText()))
    replace(node, 'statement', 'return undefined;');
}
