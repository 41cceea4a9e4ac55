// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#define BOOST_TEST_MODULE folder of autopsies
#include "../../src/host/posix/autopsy_folder.hpp"

#include "../../src/host/posix/private_file.hpp"
#include "support/supervision.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace belfry::detail::posix;
using names = std::set<std::string>;
namespace fs = std::filesystem;

namespace {

struct fixture : belfry::test::memory_folder {
  void make(const std::string& name) { std::ofstream(path / name) << "{}"; }
  names left() const {
    names result;
    for (const auto& entry : fs::directory_iterator(path)) result.insert(entry.path().filename());
    return result;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_folder_of_autopsies, fixture)

BOOST_AUTO_TEST_CASE(knows_the_names_of_autopsies_from_others) {
  for (const auto* name : {"a-1-20260301T120000.123456Z.autopsy", "-1-20260301T120000.123456Z.autopsy",
                           "a-b-4711-20260301T120000.000000Z.autopsy"}) {
    BOOST_TEST(is_autopsy_name(name), name);
  }
  for (const auto* name :
       {"", "-", ".autopsy", "a.autopsy", "a-1-20260301T120000.123456Z.autopsy.bak", "a-1-20260301T120000.123456Z",
        "1-20260301T120000.123456Z.autopsy", "a--20260301T120000.123456Z.autopsy",
        "a-x-20260301T120000.123456Z.autopsy", "a-1-2026030T1120000.123456Z.autopsy", "20260301T120000.123456Z.autopsy",
        "-20260301T120000.123456Z.autopsy", "a-120260301T120000.123456Z.autopsy", "keep this one.autopsy"}) {
    BOOST_TEST(!is_autopsy_name(name), name);
  }
  BOOST_TEST(is_autopsy_name("x-1-" + time_stamp() + ".autopsy"));
  const auto earlier = time_stamp();
  BOOST_TEST(earlier <= time_stamp());
}

BOOST_AUTO_TEST_CASE(keeps_the_newest_whichever_plugins_they_are_of) {
  make("z-1-20260301T120000.000001Z.autopsy");
  make("a-9-20260301T120000.000002Z.autopsy");
  make("m-5-20260301T120000.000003Z.autopsy");
  make("a-1-20260301T120000.000004Z.autopsy");
  keep_newest_files(path, 4, "a-1-20260301T120000.000004Z.autopsy");
  BOOST_TEST(left().size() == 4U);
  keep_newest_files(path, 2, "a-1-20260301T120000.000004Z.autopsy");
  BOOST_TEST((left() == names{"m-5-20260301T120000.000003Z.autopsy", "a-1-20260301T120000.000004Z.autopsy"}));
  // The clock was set back.
  make("b-1-20250301T120000.000000Z.autopsy");
  keep_newest_files(path, 1, "b-1-20250301T120000.000000Z.autopsy");
  BOOST_TEST((left() == names{"b-1-20250301T120000.000000Z.autopsy"}));
}

BOOST_AUTO_TEST_CASE(keeps_what_is_no_file_of_an_autopsy_or_was_given_another_name) {
  const names others{"keep.autopsy", "a-1-20260301T120000.000001Z.autopsy.old", "b-1-20260301T120000.000001Z.autopsy",
                     "c-1-20260301T120000.000001Z.autopsy"};
  make("keep.autopsy");
  make("a-1-20260301T120000.000001Z.autopsy.old");
  fs::create_directory(path / "b-1-20260301T120000.000001Z.autopsy");
  fs::create_symlink("keep.autopsy", path / "c-1-20260301T120000.000001Z.autopsy");
  make("d-1-20260301T120000.000002Z.autopsy");
  keep_newest_files(path, 1, "nothing");
  BOOST_TEST((left() == others));
  keep_newest_files(path / "missing", 1, "nothing");  // is no matter
}

BOOST_AUTO_TEST_CASE(is_rid_of_what_a_process_left_that_died_while_it_wrote_but_not_of_what_is_being_written) {
  make(".belfry-1-0.tmp");
  make(".belfry-1-1.tmp");
  make(".other-1-1.tmp");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
  fs::last_write_time(path / ".belfry-1-0.tmp", long_ago);
  fs::last_write_time(path / ".other-1-1.tmp", long_ago);
  keep_newest_files(path, 1, "nothing");
  BOOST_TEST((left() == names{".belfry-1-1.tmp", ".other-1-1.tmp"}));
}

BOOST_AUTO_TEST_CASE(is_checked_before_anything_is_written) {
  belfry::error_code ec;
  check_folder(path, ec);
  BOOST_TEST(!ec);
  check_folder(path / "missing", ec);
  BOOST_TEST((ec == boost::system::errc::no_such_file_or_directory));
  make("file");
  check_folder(path / "file", ec);
  BOOST_TEST((ec == boost::system::errc::not_a_directory));
  check_folder("/proc/self/fdinfo", ec);  // root gets in there, others do not
  BOOST_TEST(left().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
