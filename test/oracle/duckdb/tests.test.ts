import { duckDbOracle } from '../oracle.ts';
import { TESTS } from './tests.ts';

duckDbOracle('tests', TESTS);
