'use strict';

// Loaded first in a process that is measured: at its end it tells what it has used, which nobody can ask it any more then.
const { readFileSync, writeSync } = require('node:fs');

const USAGE_FD = 3;

process.on('exit', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  // Not `maxRSS` of the same answer: Linux begins that with what the parent had.
  const [, peakKibibytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  writeSync(USAGE_FD, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMebibytes: Math.round(peakKibibytes / 1024) }));
});
