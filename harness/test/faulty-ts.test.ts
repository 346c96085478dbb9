/**
 * Proves that the checks bite, with the servers in TypeScript: every deliberately wrong server fails exactly the
 * checks that its fault breaks, with the message that is kept. Correct servers of an unusual kind pass everything.
 */
import { testFaultyServers } from './faulty/matrix.ts';

testFaultyServers('ts');
