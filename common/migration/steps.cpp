// SPDX-License-Identifier: Apache-2.0
#include "migration/steps.hpp"

#include <algorithm>
#include <new>
#include <type_traits>

namespace slipway::migration {

namespace {

// They lie in bytes that no destructor runs over.
static_assert(std::is_trivially_copyable_v<Step> && std::is_trivially_destructible_v<Step>);

constexpr std::size_t most_in_memory = 512;
constexpr std::size_t steps_of_chunk = 4096;
constexpr std::size_t most_passed = std::size_t{2} << 20U;

} // namespace

Step* Steps::Chunk::data() {
    void* const bytes = map ? static_cast<void*>(map->data()) : memory.data();
    return std::launder(static_cast<Step*>(bytes));
}

Step* Steps::where(std::size_t at) const {
    if (at < most_in_memory) {
        return &first_[at];
    }
    std::size_t const beyond = at - most_in_memory;
    return chunks_[beyond / steps_of_chunk].data() + beyond % steps_of_chunk;
}

void Steps::push_back(Step const& step) {
    if (end_ < most_in_memory) {
        first_.push_back(step);
        ++end_;
        return;
    }
    std::size_t const beyond = end_ - most_in_memory;
    if (beyond / steps_of_chunk == chunks_.size()) {
        constexpr std::size_t size = steps_of_chunk * sizeof(Step);
        if (!chunks_.empty()) {
            let_go(end_ - steps_of_chunk, end_);
        }
        Chunk chunk{fs::ScratchMap::make(size), {}};
        if (!chunk.map) {
            chunk.memory.resize(size);
        }
        chunks_.push_back(std::move(chunk));
    }
    ::new (static_cast<void*>(where(end_))) Step(step);
    ++end_;
}

void Steps::let_go(std::size_t from, std::size_t to) const {
    for (std::size_t at = std::max(from, most_in_memory); at < to;) {
        std::size_t const left = steps_of_chunk - (at - most_in_memory) % steps_of_chunk;
        std::size_t const count = std::min(to - at, left);
        fs::let_go(
            {reinterpret_cast<char const*>(where(at)), count * sizeof(Step)}); // NOLINT(*-cast)
        at += count;
    }
}

Steps::Iterator& Steps::Iterator::operator++() {
    auto const& step = **this;
    passed_ += sizeof(Step) + step.statement.text.size() + step.statement.copy_data.size();
    if (passed_ > most_passed) {
        fs::let_go(step.source->text.view());
        std::size_t const here = steps_->begin_ + at_;
        std::size_t const most = passed_ / sizeof(Step);
        steps_->let_go(here - std::min(here, most), here);
        passed_ = 0;
    }
    ++at_;
    return *this;
}

Steps::Iterator Steps::Iterator::operator++(int) {
    Iterator const before = *this;
    ++*this;
    return before;
}

} // namespace slipway::migration
