'use strict';

// Loaded first in a process that is measured: at its end it writes what the process has used.
const { existsSync, readFileSync, writeSync } = require('node:fs');

const USAGE_FD = 3;
const STATUS = '/proc/self/status';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  // Not `maxRSS` of the same answer: Linux begins that with what the parent had. Other systems have no such file.
  const [, peakKibibytes] = (existsSync(STATUS) && /^VmHWM:\s+(\d+)/m.exec(readFileSync(STATUS, 'utf8'))) || [];
  writeSync(USAGE_FD, JSON.stringify({
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, ...(peakKibibytes && { peakMebibytes: Math.round(peakKibibytes / 1024) }),
  }));
});
