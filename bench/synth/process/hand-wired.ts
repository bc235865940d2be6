import { join } from 'node:path';
import { USED_CLASSES, HandWired } from '../../rivals/hand-wired';
import { synthApp } from './synth-app';

synthApp(USED_CLASSES, (stack, index) => new HandWired(stack, `Orders${index}`, join(process.argv[4], 'assets')));
