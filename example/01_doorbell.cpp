// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

// A doorbell wakes whoever waits at its other end. It carries no data: what there is to see is agreed on elsewhere.
// Here the two ends belong to two threads; between two processes it works in the same way.

#include <belfry/doorbell.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <thread>

using namespace std::chrono_literals;

int main() {
  // An executor is where asynchronous operations complete. This example only blocks, so nothing ever runs in it.
  boost::asio::io_context context;

  // One end is a doorbell at once. The other is a handle that waits to be handed over: to a thread, to a forked child,
  // or as a number on a command line.
  auto [front_door, handle] = belfry::doorbell::create_pair(context.get_executor());

  std::thread house([executor = context.get_executor(), end = std::move(handle)]() mutable {
    auto bell = belfry::doorbell::from_handle(executor, std::move(end));
    bell.wait();    // sleeps until somebody rings
    bell.signal();  // and rings back
  });

  std::cout << "ringing: " << front_door.signal() << '\n';

  // The errors of this call would be thrown; with an error_code as the last argument they are returned instead.
  front_door.wait();
  std::cout << "somebody answered\n";

  // The thread has ended, and its end of the bell is closed. Ringing tells so.
  house.join();
  std::cout << "ringing: " << front_door.signal() << '\n';

  // Signals that nobody has waited for yet merge into one.
  auto [here, there_handle] = belfry::doorbell::create_pair(context.get_executor());
  auto there = belfry::doorbell::from_handle(context.get_executor(), std::move(there_handle));
  for (int i = 0; i != 3; ++i) here.signal();
  std::cout << std::boolalpha;
  std::cout << "rung three times, first look: " << there.try_wait() << '\n';
  std::cout << "second look: " << there.try_wait() << '\n';

  // Every wait can be given a limit. That it runs out is no error.
  std::cout << "rung within 10 ms: " << there.wait_for(10ms) << '\n';
}
