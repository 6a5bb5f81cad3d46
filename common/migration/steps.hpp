// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/scratch.hpp"
#include "migration/source.hpp"
#include "sql/classify.hpp"
#include "sql/split.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slipway::migration {

/// One statement to run.
struct Step {
    sql::Statement statement; // views into the source's text; line and column of its file
    sql::Nature nature;
    Source const* source = nullptr;
    std::span<std::string const> says; // what `\echo` prints before it; the script keeps it
};

/// The steps of a script, of which there may be millions: those beyond the first thousands lie in a
/// scratch file. Whoever goes through them by iterators lets go of the steps and of the texts
/// behind. Move-only; a step stays where it is once the next one has been added.
class Steps {
public:
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = Step;
        using difference_type = std::ptrdiff_t;
        using pointer = Step const*;
        using reference = Step const&;

        Iterator() = default;
        Iterator(Steps const& steps, std::size_t at) : steps_(&steps), at_(at) {}

        reference operator*() const { return (*steps_)[at_]; }
        pointer operator->() const { return &(*steps_)[at_]; }
        Iterator& operator++();
        Iterator operator++(int);
        bool operator==(Iterator const& other) const { return at_ == other.at_; }

    private:
        Steps const* steps_ = nullptr;
        std::size_t at_ = 0;
        std::size_t passed_ = 0; // bytes of texts and steps that were not let go
    };

    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] Step const& operator[](std::size_t at) const { return *where(begin_ + at); }
    [[nodiscard]] Step const& front() const { return *where(begin_); }
    [[nodiscard]] Step const& back() const { return *where(end_ - 1); }
    [[nodiscard]] Step& front() { return *where(begin_); }
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, size()}; }

    void push_back(Step const& step);
    void pop_back() { --end_; }

    /// Takes the first ones away.
    void drop_front(std::size_t count) { begin_ += count; }

private:
    struct Chunk {
        std::optional<fs::ScratchMap> map;
        std::vector<std::byte> memory; // where there is no scratch file
        [[nodiscard]] Step* data();
    };

    [[nodiscard]] Step* where(std::size_t at) const;
    void let_go(std::size_t from, std::size_t to) const;

    mutable std::vector<Step> first_;
    mutable std::vector<Chunk> chunks_;
    std::size_t begin_ = 0; // within all of them
    std::size_t end_ = 0;
};

} // namespace slipway::migration
