// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_factory.h"

#include "edge-agent/capture/decoded_source.h"
#include "edge-agent/capture/file_source.h"
#include "edge-agent/capture/libcamera_source.h"
#include "edge-agent/capture/rpicam_source.h"
#include "edge-agent/capture/test_source.h"
#include "edge-agent/capture/url_source.h"
#include "edge-agent/capture/v4l2_source.h"

#include <QFile>

namespace vedette::agent {
namespace {

Result<OpenSource> openUrl(const settings::CameraSettings &settings, const SourceContext &context, std::stop_token stop)
{
    auto url = UrlSource::open(settings.url.reveal(), context, stop);
    if (!url)
        return fail(url.error());
    OpenSource source;
    if (UrlSource::canPassThrough((*url)->info().codec)) {
        source.packets = std::move(*url);
        return source;
    }
    auto decoded = DecodedSource::create(std::move(*url));
    if (!decoded)
        return fail(decoded.error().wrap(QStringLiteral("The stream of %1 cannot be decoded").arg(redact(settings.url.reveal()))));
    source.frames = std::move(*decoded);
    return source;
}

} // namespace

bool isLocalCamera(const QString &source)
{
    return source == QLatin1String("libcamera") || source == QLatin1String("rpicam") || source == QLatin1String("v4l2");
}

QString usualSource(const QString &modelFile)
{
    QFile file(modelFile);
    if (!file.open(QIODevice::ReadOnly) || !file.readAll().contains("Raspberry Pi"))
        return QStringLiteral("test");
#ifdef VEDETTE_HAS_LIBCAMERA
    return QStringLiteral("libcamera");
#else
    return QStringLiteral("rpicam");
#endif
}

Result<OpenSource> openSource(const settings::CameraSettings &settings, const SourceContext &context, std::stop_token stop)
{
    OpenSource source;
    if (settings.source == QLatin1String("test")) {
        auto test = TestSource::create({settings.name.isEmpty() ? settings.id : settings.name, settings.width, settings.height,
                                        settings.framerate, settings.testFault, settings.testFaultSeconds}, context);
        if (!test)
            return fail(test.error());
        source.frames = std::move(*test);
        return source;
    }
    if (settings.source == QLatin1String("file")) {
        auto file = FileSource::open(settings.file, context, stop);
        if (!file)
            return fail(file.error());
        source.frames = std::move(*file);
        return source;
    }
    if (settings.source == QLatin1String("url"))
        return openUrl(settings, context, stop);
    if (settings.source == QLatin1String("rpicam")) {
        auto rpicam = RpicamSource::open(settings, context, stop);
        if (!rpicam)
            return fail(rpicam.error());
        source.packets = std::move(*rpicam);
        return source;
    }
    if (settings.source == QLatin1String("v4l2"))
        return openV4l2(settings, context, context.v4l2 ? *context.v4l2 : linuxV4l2(), stop);
    if (settings.source == QLatin1String("libcamera")) {
        auto camera = openLibcamera(settings, context);
        if (!camera)
            return fail(camera.error());
        source.frames = std::move(*camera);
        return source;
    }
    return fail(ErrorKind::InvalidInput, QStringLiteral("Camera %1 has the unknown source \"%2\".").arg(settings.id, settings.source));
}

} // namespace vedette::agent
