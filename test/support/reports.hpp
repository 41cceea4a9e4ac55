// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_REPORTS_HPP
#define BELFRY_TEST_SUPPORT_REPORTS_HPP

#include <belfry/diagnostics.hpp>

#include <mutex>
#include <vector>

namespace belfry::test {

/// Collects what is reported while it lives.
class reports {
 public:
  reports() {
    set_diagnostics_sink([this](const diagnostic& d) {
      const std::lock_guard lock(mutex_);
      all_.push_back(d);
    });
  }
  ~reports() { set_diagnostics_sink({}); }

  std::vector<diagnostic> of(event_kind kind) {
    const std::lock_guard lock(mutex_);
    std::vector<diagnostic> some;
    for (const auto& d : all_) {
      if (d.kind == kind) some.push_back(d);
    }
    return some;
  }

 private:
  std::mutex mutex_;
  std::vector<diagnostic> all_;
};

}  // namespace belfry::test

#endif
