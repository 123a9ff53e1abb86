import { duckDbOracle } from '../oracle.ts';
import { MODELS } from './models.ts';

duckDbOracle('models', MODELS);
