/* Copyright (c) 2026 The belfry authors.
   Distributed under the Boost Software License, Version 1.0.
   (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

   How a side that sleeps is woken, on processors with store buffers (x86-TSO): detail/wake.hpp and detail/sleeper.hpp.
   script/check-model runs it, and each of the mistakes below, which it must find.

     NO_WAKER_FENCE    the waker does not order between publishing and looking
     NO_SLEEPER_FENCE  nor the sleeper between asking and looking again
     NO_BARRIER        the sleeper orders only itself though its waker was excused
     EARLY_BARRIER     the barrier comes before the word is replaced
     STALE_WORD        the waker orders, but does not load the word anew after that

   Positions run freely modulo M; the first one makes them wrap within the run. */

#ifndef N
#define N 4                     /* messages */
#endif
#ifndef B
#define B 2                     /* most of them in a batch */
#endif
#define M 8                     /* modulus of positions */
#define FIRST 6
#define EXCUSED M               /* the value of the word that is no position */
#define BEHIND(a, b) (((a) + M - (b)) % M)

byte position = FIRST;          /* in memory: what the headers tell */
byte wake_at = FIRST;           /* in memory: the sleeper's word */
chan waker_stores = [4] of { byte };    /* store buffers, first in, first out */
chan sleeper_stores = [4] of { byte };
byte bell = 0;                  /* signals that wait */
byte sent = 0, got = 0;

inline drained(buffer) { len(buffer) == 0 }

active proctype waker_memory() { byte v;
end: do :: atomic { waker_stores ? v -> position = v } od }

active proctype sleeper_memory() { byte v;
end: do :: atomic { sleeper_stores ? v -> wake_at = v } od }

active proctype waker() {
  byte mine = FIRST, before, batch, word;
  do
  :: sent == N -> break
  :: sent < N ->
     before = mine; batch = 0;
     do
     :: batch < B && sent < N && sent - got < M - 1 ->
        atomic { mine = (mine + 1) % M; sent++; batch++; waker_stores ! mine }
     :: batch > 0 -> break
     od;
     word = wake_at;
     if
     :: word == EXCUSED -> skip
     :: else ->
#ifndef NO_WAKER_FENCE
        drained(waker_stores);
#endif
#ifndef STALE_WORD
        word = wake_at;
#endif
        if
        :: word != EXCUSED && BEHIND(mine, word) < BEHIND(mine, before) -> bell++
        :: else
        fi
     fi
  od }

active proctype sleeper() {
  byte seen = FIRST, p;
  bool excused = false;
  do
  :: got == N -> break
  :: else -> p = position;
     if
     :: p != seen -> atomic { got = got + BEHIND(p, seen); seen = p };
        if                      /* now and then it excuses the waker */
        :: !excused -> excused = true; sleeper_stores ! EXCUSED
        :: skip
        fi
     :: else ->
#ifdef EARLY_BARRIER
        if :: excused -> drained(sleeper_stores); drained(waker_stores) :: else fi;
#endif
        sleeper_stores ! (seen + 1) % M;
        if
        :: excused -> excused = false;
           drained(sleeper_stores);
#if !defined(NO_BARRIER) && !defined(EARLY_BARRIER)
           drained(waker_stores)        /* what membarrier does to the other processor */
#endif
        :: else ->
#ifndef NO_SLEEPER_FENCE
           drained(sleeper_stores)
#endif
        fi;
        p = position;
        if
        :: p == seen -> atomic { bell > 0 -> bell-- }     /* sleep; to stay here is a lost wake-up */
        :: else
        fi
     fi
  od;
  assert(seen == (FIRST + N) % M) }
