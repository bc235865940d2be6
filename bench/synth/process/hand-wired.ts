import { join } from 'node:path';
import { HandWired } from '../../rivals/hand-wired';
import { synthApp } from './synth-app';

synthApp((stack, index) => new HandWired(stack, `Orders${index}`, join(process.argv[4], 'assets')));
