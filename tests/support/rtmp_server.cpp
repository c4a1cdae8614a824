// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rtmp_server.h"

#include <QDir>
#include <QFile>

namespace vedette::test {
namespace {

const QString kModule = QStringLiteral("/usr/lib/nginx/modules/ngx_rtmp_module.so");

} // namespace

bool RtmpServer::available()
{
    return !findProgram(QStringLiteral("nginx")).isEmpty() && QFile::exists(kModule);
}

Status RtmpServer::start()
{
    const QString dir = m_dir.path();
    QDir().mkpath(dir + QStringLiteral("/logs"));
    const QString path = m_dir.filePath(QStringLiteral("nginx.conf"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return fail(ErrorKind::Internal, QStringLiteral("cannot write ") + path);
    file.write(QStringLiteral("load_module %1;\ndaemon off; master_process off; pid %2/nginx.pid; error_log %2/logs/error.log info;\n"
                              "events { worker_connections 64; }\n"
                              "rtmp { access_log off; server { listen 127.0.0.1:%3; chunk_size 4096;\n"
                              "application live { live on; record off; }\napplication closed { live on; deny publish all; } } }\n")
                   .arg(kModule, dir).arg(m_port).toUtf8());
    file.close();
    if (auto started = m_child.start(findProgram(QStringLiteral("nginx")), {QStringLiteral("-p"), dir, QStringLiteral("-c"), path}); !started)
        return started;
    if (waitForPort(m_port, milliseconds{10'000}))
        return {};
    return fail(ErrorKind::Unavailable, QStringLiteral("nginx did not start: ") + QString::fromUtf8(m_child.err()));
}

} // namespace vedette::test
