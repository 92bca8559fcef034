// One factor stretches the waits of all tests for a machine that is slower or busier than usual:
// QUITTANCE_TEST_PATIENCE (1, unless it is set). The C++ tests read it in support/patience.hpp.
const given = process.env.QUITTANCE_TEST_PATIENCE || '1';
export const patienceFactor = Number(given);
if (!(patienceFactor >= 0.1 && patienceFactor <= 100))
    throw new Error(`QUITTANCE_TEST_PATIENCE must be a number from 0.1 to 100, not '${given}'`);

// Seconds or milliseconds, whichever it is given.
export const patient = (time) => Math.ceil(time * patienceFactor);
