// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#ifndef BELFRY_TEST_SUPPORT_LOG_RECORDS_HPP
#define BELFRY_TEST_SUPPORT_LOG_RECORDS_HPP

#include <boost/log/core.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/smart_ptr/make_shared.hpp>

#include <vector>

namespace belfry::test {

/// Keeps the records of Boost.Log while it lives.
class log_records {
  class backend : public boost::log::sinks::basic_sink_backend<boost::log::sinks::synchronized_feeding> {
   public:
    void consume(const boost::log::record_view& record) { records.push_back(record); }
    std::vector<boost::log::record_view> records;
  };

 public:
  using sink_type = boost::log::sinks::synchronous_sink<backend>;

  log_records() { boost::log::core::get()->add_sink(sink_); }
  ~log_records() { boost::log::core::get()->remove_sink(sink_); }
  log_records(const log_records&) = delete;
  log_records& operator=(const log_records&) = delete;

  std::vector<boost::log::record_view>& records() { return kept_->records; }
  /// For filters.
  sink_type& sink() { return *sink_; }

 private:
  boost::shared_ptr<backend> kept_ = boost::make_shared<backend>();
  boost::shared_ptr<sink_type> sink_ = boost::make_shared<sink_type>(kept_);
};

}  // namespace belfry::test

#endif
