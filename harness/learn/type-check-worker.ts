/**
 * The thread of the type checker: answers the questions of type-checker.ts, one at a time.
 */
import { parentPort } from 'node:worker_threads';
import { typeErrors } from './type-check.ts';
import type { TypeQuestion } from './type-checker.ts';

parentPort?.on('message', (question: TypeQuestion) => parentPort?.postMessage(typeErrors(...question)));
