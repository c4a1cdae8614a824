// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_proxy.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

using namespace vedette;
using namespace vedette::test;

namespace {

constexpr const char *kUsage = R"(Usage: fault_proxy SERVER_PORT [PORT]
A TCP proxy on 127.0.0.1 in front of a server on 127.0.0.1. Prints "port N", then obeys lines on standard input,
each answered by "ok" or "error ...":
  up|down delay MS [JITTER_MS]   up: to the server, down: to the client
  up|down stall on|off
  up|down cut BYTES [reset]      close after so many bytes of each connection
  up|down corrupt BYTE           invert this byte of each connection
  up|down rate BYTES_PER_SECOND  read slowly; 0: no limit
  refuse on|off                  nobody listens
  cut [reset]                    end all connections now
  clear                          no faults
  count                          answers "accepted N open N up BYTES down BYTES"
  quit
At the end of the input it goes on until SIGTERM.
)";

bool onOff(const std::string &word, bool &value)
{
    value = word == "on";
    return value || word == "off";
}

bool obeyDirection(FaultProxy &proxy, FaultProxy::Direction direction, std::istringstream &line)
{
    Fault fault = proxy.fault(direction);
    std::string what;
    std::string word;
    line >> what;
    std::int64_t number = -1;
    if (what == "stall") {
        if (!(line >> word) || !onOff(word, fault.stall))
            return false;
    } else if (!(line >> number) || number < 0) {
        return false;
    } else if (what == "delay") {
        std::int64_t jitter = 0;
        line >> jitter;
        fault.delay = milliseconds{number};
        fault.jitter = milliseconds{std::max<std::int64_t>(0, jitter)};
    } else if (what == "cut") {
        fault.cutAt = static_cast<std::uint64_t>(number);
        fault.cutByReset = (line >> word) && word == "reset";
    } else if (what == "corrupt") {
        fault.corruptAt = static_cast<std::uint64_t>(number);
    } else if (what == "rate") {
        fault.bytesPerSecond = static_cast<std::uint64_t>(number);
    } else {
        return false;
    }
    proxy.setFault(direction, fault);
    return true;
}

bool obey(FaultProxy &proxy, const std::string &text)
{
    std::istringstream line(text);
    std::string first;
    std::string word;
    line >> first;
    if (first == "up" || first == "down")
        return obeyDirection(proxy, first == "up" ? FaultProxy::Direction::ToServer : FaultProxy::Direction::ToClient, line);
    if (first == "refuse") {
        bool refuse = false;
        if (!(line >> word) || !onOff(word, refuse))
            return false;
        proxy.setRefuse(refuse);
        return true;
    }
    if (first == "cut") {
        proxy.cutAll((line >> word) && word == "reset");
        return true;
    }
    if (first == "clear") {
        proxy.clear();
        return true;
    }
    return false;
}

bool parsePort(const char *text, std::uint16_t &port)
{
    char *end = nullptr;
    const long value = std::strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 0 || value > 65535)
        return false;
    port = static_cast<std::uint16_t>(value);
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    std::uint16_t server = 0;
    std::uint16_t port = 0;
    if (argc < 2 || argc > 3 || !parsePort(argv[1], server) || (argc == 3 && !parsePort(argv[2], port))) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    FaultProxy proxy;
    if (const auto started = proxy.start(server, port); !started) {
        std::fprintf(stderr, "%s\n", qPrintable(started.error().text()));
        return 1;
    }
    std::cout << "port " << proxy.port() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "quit")
            return 0;
        if (line == "count")
            std::cout << "accepted " << proxy.accepted() << " open " << proxy.open() << " up "
                      << proxy.passed(FaultProxy::Direction::ToServer) << " down "
                      << proxy.passed(FaultProxy::Direction::ToClient) << std::endl;
        else
            std::cout << (obey(proxy, line) ? "ok" : "error not understood: " + line) << std::endl;
    }
    // Until here a signal simply ends the program; now it is waited for.
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    int ended = 0;
    sigwait(&ends, &ended);
    return 0;
}
