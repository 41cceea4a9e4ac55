// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "stop_ladder.hpp"

#include <csignal>

namespace belfry::detail {

bool stop_ladder::step() {
  auto& p = *subject_;
  // What happens before a signal of ours is no doing of ours, and is recorded as what it was.
  while (step_ != gave_up && !p.child->status()) {
    error_code ec;
    switch (step_) {
      case on_the_ground:
        step_ = said_goodbye;
        p.child->usage();  // what it had at last, should the end not tell
        p.state->line.close();
        if (wait_for(options_.goodbye)) return true;
        break;
      case said_goodbye:
        step_ = terminated;
        if (options_.terminate.count() <= 0) break;
        p.obituary->expected();
        p.child->signal(SIGTERM, ec);
        if (!ec && wait_for(options_.terminate)) return true;
        break;
      case terminated:
        step_ = killed;
        p.obituary->expected();
        p.child->kill(ec);
        if (ec) give_up(ec);
        else if (wait_for(options_.kill)) return true;
        break;
      case killed: give_up(error::timed_out); break;
      case gave_up: break;
    }
  }
  return false;
}

bool stop_ladder::wait_for(std::chrono::milliseconds limit) {
  deadline_ = deadline_after(limit);
  return limit.count() > 0;
}

void stop_ladder::give_up(error_code why) {
  step_ = gave_up;
  failure_ = why;
  subject_->child->leave_alone();
  subject_->obituary->left_running(*subject_->state, why);
}

exit_status stop_ladder::finish(error_code& ec) {
  const auto status = subject_->child->status();
  ec = status ? error_code() : failure_;
  if (!status) return {};
  subject_->ended(*status);
  subject_->state->line.close();
  return *status;
}

}  // namespace belfry::detail
