// Ends a process at its nth change of the file system, as SIGKILL or a power cut would.
//
// To be preloaded (LD_PRELOAD) into the program under test, which knows nothing of it. The environment says what to do:
// KILL_AT, the number of the change before which the process dies (a write is cut in half), and KILL_POINTS_FILE, where a
// process that ends by itself leaves how many changes it made. There is nothing to call.
