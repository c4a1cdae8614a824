// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/livekit_command.h"

#include "core/base/secret.h"
#include "core/net/json_http.h"
#include "core/net/livekit.h"
#include "core/settings/livekit_settings.h"

#include <QCommandLineParser>
#include <QEventLoop>
#include <QFileInfo>
#include <QSaveFile>

#include <cstdio>

namespace vedette::agent {
namespace {

constexpr int kFailed = 1;
constexpr int kBadInput = 2;
constexpr milliseconds kTimeout{15'000};
constexpr std::chrono::minutes kTokenLife{5};

int say(int code, const QString &line)
{
    std::fprintf(code == 0 ? stdout : stderr, "%s\n", redact(line).toUtf8().constData());
    return code;
}

Result<net::LiveKitIngress> create(const settings::LiveKitSettings &liveKit, const QString &room, const QString &name)
{
    const QString token = net::liveKitToken(liveKit.apiKey, liveKit.apiSecret, {}, net::ingressGrants(), SystemClock().utcNow(), kTokenLife);
    Result<QByteArray> answer;
    net::JsonHttp http;
    QEventLoop loop;
    http.post(QUrl(liveKit.apiUrl + QString::fromLatin1(net::kCreateIngressPath)), net::createIngressRequest(room, name), kTimeout, &http,
              [&](const Result<QByteArray> &given) {
                  answer = given;
                  loop.quit();
              }, Secret(token));
    loop.exec();
    if (!answer)
        return fail(answer.error());
    return net::parseIngress(*answer);
}

Status write(const QString &path, const net::LiveKitIngress &ingress)
{
    QSaveFile file(path);
    const QByteArray text = (ingress.streamKey.reveal() + u'\n' + ingress.url + u'\n').toUtf8();
    // Its own before the key is in it.
    if (file.open(QIODevice::WriteOnly) && file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner)
        && file.write(text) == text.size() && file.commit())
        return {};
    return fail(ErrorKind::Denied, QStringLiteral("%1 cannot be written: %2").arg(path, file.errorString()));
}

} // namespace

int runLiveKitIngress(const QStringList &arguments, const QHash<QString, QString> &environment)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Makes an RTMP ingress of a LiveKit server, by LIVEKIT_API_KEY and LIVEKIT_API_SECRET."));
    const QCommandLineOption help = parser.addHelpOption();
    const QCommandLineOption url(QStringLiteral("url"), QStringLiteral("The server, as wss://HOST or https://HOST (default LIVEKIT_HOST)."), QStringLiteral("URL"));
    const QCommandLineOption room(QStringLiteral("room"), QStringLiteral("The room that the stream appears in."), QStringLiteral("NAME"));
    const QCommandLineOption name(QStringLiteral("name"), QStringLiteral("The name that the stream appears by, such as the camera's id."), QStringLiteral("NAME"));
    const QCommandLineOption out(QStringLiteral("out"), QStringLiteral("The file for stream key and address."), QStringLiteral("FILE"));
    parser.addOptions({url, room, name, out});
    if (!parser.parse(QStringList{QStringLiteral("vedette-agent livekit-ingress")} + arguments))
        return say(kBadInput, parser.errorText());
    if (parser.isSet(help))
        return say(0, parser.helpText());
    for (const QCommandLineOption *each : {&room, &name, &out}) {
        if (parser.value(*each).isEmpty())
            return say(kBadInput, QStringLiteral("--%1 is missing.").arg(each->names().first()));
    }
    if (!parser.positionalArguments().isEmpty())
        return say(kBadInput, QStringLiteral("\"%1\" is too much; --help explains.").arg(parser.positionalArguments().first().left(60)));
    const auto liveKit = settings::readLiveKit(environment, parser.value(url));
    if (!liveKit)
        return say(kBadInput, liveKit.error().text());
    const QString path = parser.value(out);
    if (QFileInfo(path).isDir() || !QFileInfo(QFileInfo(path).absolutePath()).isWritable()) // before there is a key that nobody would have
        return say(kBadInput, QStringLiteral("%1 cannot be written.").arg(path));
    const auto ingress = create(*liveKit, parser.value(room), parser.value(name));
    if (!ingress)
        return say(kFailed, QStringLiteral("LiveKit makes no ingress: ") + ingress.error().text());
    if (const Status written = write(path, *ingress); !written)
        return say(kFailed, written.error().text());
    return say(0, QStringLiteral("[[camera.target]]\nname = \"livekit\"\nurl = \"%1\"\nkey_file = \"%2\"").arg(ingress->url, QFileInfo(path).absoluteFilePath()));
}

} // namespace vedette::agent
