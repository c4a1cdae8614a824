// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/hardware_devices.h"

#include "core/media/av_error.h"

#include <QStringList>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
}

namespace vedette::media {
namespace {

std::shared_ptr<AVBufferRef> openDevice(AVHWDeviceType type)
{
    AVBufferRef *context = nullptr;
    if (av_hwdevice_ctx_create(&context, type, nullptr, nullptr, 0) < 0)
        return nullptr;
    return {context, [](AVBufferRef *ref) { av_buffer_unref(&ref); }};
}

} // namespace

Result<HardwareDevice> HardwareDevices::deviceFor(const AVCodec &codec)
{
    prepareFfmpeg();
    QStringList tried;
    std::lock_guard lock(m_mutex);
    for (int i = 0; const AVCodecHWConfig *config = avcodec_get_hw_config(&codec, i); ++i) {
        const bool usable = (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0;
        // Vulkan opens slowly, by a CPU's driver as well, and only then turns out to decode nothing.
        if (!usable || config->device_type == AV_HWDEVICE_TYPE_VULKAN)
            continue;
        const auto [opened, first] = m_opened.try_emplace(config->device_type);
        if (first)
            opened->second = openDevice(config->device_type);
        const QString name = QString::fromLatin1(av_hwdevice_get_type_name(config->device_type));
        if (opened->second)
            return HardwareDevice{name, config->pix_fmt, opened->second};
        tried << name;
    }
    if (tried.isEmpty())
        return fail(ErrorKind::Unsupported, QStringLiteral("no hardware decodes it"));
    return fail(ErrorKind::Unsupported, QStringLiteral("no device of %1").arg(tried.join(QStringLiteral(", "))));
}

Status HardwareDevices::download(AVFrame &memory, const AVFrame &picture)
{
    int code = av_hwframe_transfer_data(&memory, &picture, 0);
    if (code >= 0)
        code = av_frame_copy_props(&memory, &picture);
    if (code < 0)
        return fail(avError(code, QStringLiteral("cannot read a picture back")));
    return {};
}

} // namespace vedette::media
