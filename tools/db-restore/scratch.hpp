// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "marker.hpp"
#include "site.hpp"

#include <cstdint>
#include <string>

namespace slipway::db_restore {

/// The database into which is restored. Its destructor drops it unless it was released; after a
/// kill the next run does so, by its name and comment.
class Scratch {
public:
    /// Makes it with encoding, locale and owner of the database with the oid `original`.
    Scratch(
        Site& site,
        std::int64_t original,
        Marker marker,
        std::string name,
        tool::Context& context);
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    Scratch(Scratch&&) = delete;
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch();

    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] std::int64_t oid() const { return oid_; }
    [[nodiscard]] pg::ConnInfo where() const { return site_.where().with_database(name_); }

    /// It has become what it was made for.
    void release() { mine_ = false; }

private:
    // So that the destructor runs where the making fails.
    Scratch(Site& site, std::string name, tool::Context& context);
    void make(std::int64_t original, Marker const& marker);

    Site& site_;
    tool::Context& context_;
    std::string name_;
    std::int64_t oid_ = 0;
    bool mine_ = false;
};

} // namespace slipway::db_restore
