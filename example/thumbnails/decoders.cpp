// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "decoders.hpp"

#include "messages.hpp"

#include <belfry/confinement.hpp>

using namespace std::chrono_literals;

namespace thumbnails {

belfry::launch_options decoder_options(const std::filesystem::path& program) {
  belfry::launch_options options;
  options.executable = program;
  options.name = "decoder";
  options.out = belfry::stdio_target::null();
  options.err = belfry::stdio_target::null();  // libjpeg says there what it thinks of a file
  // Files and pixels are larger than the rings. No more memory than this can be taken, whatever a decoder says.
  options.channel.outgoing_large.bytes = sizeof(job) + largest_file_bytes;
  options.channel.incoming_large.bytes = 2 * largest_reply_bytes;
  // It has nothing to lose. One that is idle is gone at once; one that works on a file is not waited for.
  options.stop.goodbye = 200ms;
  return options;
}

std::vector<std::string> confine(belfry::launch_options& decoder) {
  decoder.confinement = belfry::confinement_options::pure_compute();
  auto& c = decoder.confinement;
  c.limits.memory_bytes = 512 << 20;  // a file of a few bytes may claim that its picture takes terabytes
  c.limits.cpu_time = 20s;            // or keep its decoder busy for ever
  c.limits.descriptors = 64;
  // Where belfry is built as a shared library, the decoder must be able to load it, from the folder of the build.
  c.files->read_only.push_back(decoder.executable.parent_path() / "../..");

  std::vector<std::string> missing;
  const auto support = belfry::confinement_support::here();
  if (!support.filters) {
    c.filter.reset();
    c.attached_filter.reset();
    c.no_network = false;
    missing.push_back("no filter of system calls, and so the network is open: belfry was built without libseccomp");
  }
  // Before version 3 of Landlock, keeping files from being cut off takes a filter, too.
  if (support.landlock_version == 0 || (support.landlock_version < 3 && !support.filters)) {
    c.files.reset();
    missing.push_back(support.filters ? "until a decoder is attached, files are open: there is no Landlock"
                                      : "files are open: there is no Landlock, or too old a one");
  }
  return missing;
}

belfry::pool_options pool_of(std::size_t decoders, unsigned tries) {
  belfry::pool_options options;
  options.maximum = decoders;
  options.most_deaths = tries;
  // Processor time is limited above. This is for one that waits for something that never comes, or was stopped.
  options.unresponsive_after = 120s;
  return options;
}

}  // namespace thumbnails
