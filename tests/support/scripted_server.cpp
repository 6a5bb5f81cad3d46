// SPDX-License-Identifier: Apache-2.0
#include "support/scripted_server.hpp"

#include "text/join.hpp"

#include <optional>

namespace slipway::support {

namespace {

HttpRequest request_of(std::string const& bytes) {
    HttpRequest out;
    auto const end = bytes.find("\r\n\r\n");
    out.head = bytes.substr(0, end);
    out.body = end == std::string::npos ? "" : bytes.substr(end + 4);
    auto const words =
        text::split(std::string_view{out.head}.substr(0, out.head.find("\r\n")), ' ');
    out.method = words.front();
    out.target = words.size() > 1 ? words[1] : "";
    return out;
}

} // namespace

std::string HttpRequest::header(std::string_view name) const {
    for (auto const line : text::lines(head)) {
        auto const colon = line.find(':');
        if (colon != std::string_view::npos &&
            text::equal_ignoring_case(line.substr(0, colon), name)) {
            return std::string{text::trim(line.substr(colon + 1))};
        }
    }
    return {};
}

ScriptedServer::ScriptedServer(std::function<HttpAnswer(HttpRequest const&)> answer)
    : answer_(std::move(answer)), listener_([this](Peer& peer) { serve(peer); }) {}

void ScriptedServer::disturb(HttpAnswer instead) {
    std::scoped_lock const lock{mutex_};
    disturbances_.push_back({Kind::instead, std::move(instead)});
}

void ScriptedServer::lose_next_answer() {
    std::scoped_lock const lock{mutex_};
    disturbances_.push_back({Kind::lost, {}});
}

void ScriptedServer::drop_next() {
    std::scoped_lock const lock{mutex_};
    disturbances_.push_back({Kind::dropped, {}});
}

void ScriptedServer::slow(std::chrono::milliseconds pause) {
    std::scoped_lock const lock{mutex_};
    pause_ = pause;
}

std::vector<HttpRequest> ScriptedServer::requests() const {
    std::scoped_lock const lock{mutex_};
    return requests_;
}

void ScriptedServer::serve(Peer& peer) {
    for (std::string bytes = peer.read_request(); !bytes.empty(); bytes = peer.read_request()) {
        auto const request = request_of(bytes);
        HttpAnswer answer;
        std::chrono::milliseconds pause{0};
        {
            std::scoped_lock const lock{mutex_};
            requests_.push_back(request);
            pause = pause_;
            std::optional<Disturbance> disturbance;
            if (!disturbances_.empty()) {
                disturbance = disturbances_.front();
                disturbances_.pop_front();
            }
            if (disturbance && disturbance->kind == Kind::dropped) {
                return;
            }
            bool const instead = disturbance && disturbance->kind == Kind::instead;
            answer = instead ? disturbance->answer : answer_(request);
            if (disturbance && disturbance->kind == Kind::lost) {
                return;
            }
        }
        std::this_thread::sleep_for(pause);
        if (!peer.answer(answer.status, answer.body, answer.headers)) {
            return;
        }
    }
}

} // namespace slipway::support
