/** What a terminal's channel may cost, and how long either side may be silent. */
export const PING_INTERVAL_MS = 5_000;
/** Promise 5: a terminal that does not answer is recorded as offline within 15 s of its last word. That leaves 2 s to record it, for many at once. */
export const SILENCE_LIMIT_MS = 13_000;
/**
 * Nobody is silent who was not asked: without so many pings since the terminal's last word it was us who said nothing, for example because the
 * whole process stood still.
 */
export const MIN_UNANSWERED_PINGS = 2;
export const HELLO_LIMIT_MS = 5_000;
/** How long a terminal may take to answer our close before its socket is cut. */
export const CLOSE_LIMIT_MS = 1_000;

/** 20 000 terminals and room for those that come over from a replica that goes away. */
export const MAX_CHANNELS = 25_000;
/**
 * With so many messages of one terminal waiting for the one in work, nothing more is read from its socket until half of them are done: the rest waits
 * with the terminal. A terminal has one payment at a time, a few messages each, but after an outage its journal may be long.
 */
export const MAX_QUEUED_MESSAGES = 64;
export const RESUME_AT_QUEUED_MESSAGES = MAX_QUEUED_MESSAGES / 2;
/** A terminal that takes nothing off its socket must not fill our memory. */
export const MAX_UNSENT_BYTES = 256 * 1024;

/** RFC 6455, registered code: "try again later". */
export const CLOSE_TRY_AGAIN_LATER = 1013;
