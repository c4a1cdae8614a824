// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/host_lookup.h"

#include "core/net/curl_error.h"

#include <curl/curl.h>

#include <memory>

namespace vedette::net {
namespace {

/// Called once there is an address; nothing is to be connected.
curl_socket_t noteAddress(void *found, curlsocktype, curl_sockaddr *)
{
    *static_cast<bool *>(found) = true;
    return CURL_SOCKET_BAD;
}

} // namespace

Status lookUpHost(const QString &host, milliseconds timeout, std::stop_token stop)
{
    initialiseCurl();
    const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(), &curl_multi_cleanup);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
    if (!multi || !easy)
        return fail(ErrorKind::Internal, QStringLiteral("libcurl could not be set up"));
    bool found = false;
    const QString shown = host.contains(u':') && !host.startsWith(u'[') ? u'[' + host + u']' : host;
    curl_easy_setopt(easy.get(), CURLOPT_URL, (QStringLiteral("http://") + shown).toUtf8().constData());
    curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_QUICK_EXIT, 1L); // a name server that is silent holds nobody who gives up
    curl_easy_setopt(easy.get(), CURLOPT_OPENSOCKETFUNCTION, &noteAddress);
    curl_easy_setopt(easy.get(), CURLOPT_OPENSOCKETDATA, &found);
    curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_multi_add_handle(multi.get(), easy.get());
    const std::stop_callback interrupt(stop, [&multi] { curl_multi_wakeup(multi.get()); });
    CURLcode code = CURLE_OK;
    for (int running = 1; running > 0;) {
        if (stop.stop_requested()) {
            curl_multi_remove_handle(multi.get(), easy.get());
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        }
        curl_multi_perform(multi.get(), &running);
        if (running > 0)
            curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    if (const CURLMsg *message = curl_multi_info_read(multi.get(), &left))
        code = message->data.result;
    curl_multi_remove_handle(multi.get(), easy.get());
    if (found)
        return {};
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(ErrorKind::Timeout, QStringLiteral("no name server says where %1 is").arg(host));
    return fail(ErrorKind::Unavailable, QStringLiteral("the name %1 does not resolve").arg(host));
}

} // namespace vedette::net
