// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QtEndian>

#include <algorithm>
#include <optional>
#include <utility>

namespace vedette::test {

/// A box of ISO/IEC 14496-12, 4.2: where its body begins and ends in the file.
struct Mp4Box {
    QByteArray type;
    qsizetype begin = 0; ///< of the header
    qsizetype body = 0;
    qsizetype end = 0;
};

struct Mp4Sample {
    quint32 track = 0;
    qint64 dts = 0;      ///< all three in the track's ticks
    qint64 offset = 0;   ///< composition less decoding time
    quint32 duration = 0;
    qsizetype begin = 0; ///< of its bytes in the file
    quint32 size = 0;
    bool sync = false;
};

/// A fragmented MP4 taken apart without FFmpeg. problem names the first thing that breaks 14496-12; what was read before it
/// stands.
struct Mp4File {
    QList<Mp4Box> boxes;           ///< of the file
    QList<Mp4Sample> samples;
    QList<qsizetype> fragmentEnds; ///< of each mdat
    QHash<quint32, quint32> timescales;
    QHash<quint32, qint64> mediaTime; ///< of the track's edit list; where presentation begins
    QHash<quint32, QByteArray> entries; ///< type of the sample entry
    bool indexed = false;
    QString problem;

    QList<Mp4Sample> track(quint32 id) const
    {
        QList<Mp4Sample> out;
        std::copy_if(samples.begin(), samples.end(), std::back_inserter(out), [id](const Mp4Sample &sample) { return sample.track == id; });
        return out;
    }
};

class Mp4Reader {
public:
    explicit Mp4Reader(QByteArray bytes) : m_bytes(std::move(bytes)) {}

    Mp4File read()
    {
        m_file.boxes = children(0, m_bytes.size());
        const QString cut = std::exchange(m_file.problem, {}); // whole boxes before it are read all the same
        const auto &boxes = m_file.boxes;
        check(boxes.size() >= 2 && boxes[0].type == "ftyp" && boxes[1].type == "moov", "ftyp and moov do not come first");
        for (qsizetype i = 1; i < boxes.size() && m_file.problem.isEmpty(); ++i) {
            const Mp4Box &box = boxes[i];
            if (box.type == "moov") {
                check(i == 1, "a second moov");
                movie(box);
            } else if (box.type == "moof") {
                if (i + 1 == boxes.size() && !cut.isEmpty())
                    break;
                check(i + 1 < boxes.size() && boxes[i + 1].type == "mdat", "a moof without its mdat");
                if (m_file.problem.isEmpty())
                    fragment(box, boxes[i + 1]);
                ++i;
            } else {
                check(box.type == "mfra" && i + 1 == boxes.size(), "a box that has no place here: " + box.type);
                index(box);
            }
        }
        if (m_file.problem.isEmpty())
            m_file.problem = cut;
        return m_file;
    }

private:
    void check(bool good, const QByteArray &problem)
    {
        if (!good && m_file.problem.isEmpty())
            m_file.problem = QString::fromLatin1(problem);
    }
    bool has(qsizetype at, qsizetype count)
    {
        check(at >= 0 && at + count <= m_bytes.size(), "a box is cut short");
        return m_file.problem.isEmpty();
    }
    quint32 u32(qsizetype at) { return has(at, 4) ? qFromBigEndian<quint32>(m_bytes.constData() + at) : 0; }
    quint64 u64(qsizetype at) { return has(at, 8) ? qFromBigEndian<quint64>(m_bytes.constData() + at) : 0; }

    QList<Mp4Box> children(qsizetype from, qsizetype to)
    {
        QList<Mp4Box> boxes;
        while (from < to && m_file.problem.isEmpty()) {
            if (!has(from, 8))
                break;
            const quint32 size = u32(from);
            const qsizetype length = size == 1 ? static_cast<qsizetype>(u64(from + 8)) : static_cast<qsizetype>(size);
            check(length >= 8 && from + length <= to, "a box is longer than what holds it");
            if (m_file.problem.isEmpty())
                boxes.append({m_bytes.mid(from + 4, 4), from, from + (size == 1 ? 16 : 8), from + length});
            from += length;
        }
        return boxes;
    }
    std::optional<Mp4Box> child(const Mp4Box &box, const QByteArray &type)
    {
        const auto all = children(box.body, box.end);
        const auto found = std::find_if(all.begin(), all.end(), [&](const Mp4Box &each) { return each.type == type; });
        return found == all.end() ? std::nullopt : std::optional(*found);
    }
    std::optional<Mp4Box> descend(Mp4Box box, const QList<QByteArray> &path)
    {
        for (const QByteArray &type : path) {
            const auto next = child(box, type);
            if (!next)
                return std::nullopt;
            box = *next;
        }
        return box;
    }

    void movie(const Mp4Box &moov)
    {
        check(child(moov, "mvex").has_value(), "moov does not announce fragments (mvex)");
        for (const Mp4Box &trak : children(moov.body, moov.end)) {
            const auto header = trak.type == "trak" ? descend(trak, {"tkhd"}) : std::nullopt;
            const auto media = header ? descend(trak, {"mdia", "mdhd"}) : std::nullopt;
            const auto entry = header ? descend(trak, {"mdia", "minf", "stbl", "stsd"}) : std::nullopt;
            if (!media || !entry)
                continue;
            const quint32 id = u32(header->body + (m_bytes[header->body] == 1 ? 20 : 12));
            m_file.timescales[id] = u32(media->body + (m_bytes[media->body] == 1 ? 20 : 12));
            m_file.entries[id] = m_bytes.mid(entry->body + 12, 4);
            if (const auto list = descend(trak, {"edts", "elst"}); list && u32(list->body + 4) == 1)
                m_file.mediaTime[id] = m_bytes[list->body] == 1 ? static_cast<qint64>(u64(list->body + 16)) : static_cast<qint64>(u32(list->body + 12));
        }
    }

    void fragment(const Mp4Box &moof, const Mp4Box &mdat)
    {
        const auto header = child(moof, "mfhd");
        check(header && u32(header->body + 4) == ++m_sequence, "fragments are not numbered one after the other (mfhd)");
        qsizetype covered = mdat.body;
        for (const Mp4Box &traf : children(moof.body, moof.end)) {
            if (traf.type == "traf")
                track(moof, mdat, traf, covered);
        }
        check(covered == mdat.end, "mdat holds what no sample is");
        m_file.fragmentEnds.append(mdat.end);
    }

    void track(const Mp4Box &moof, const Mp4Box &mdat, const Mp4Box &traf, qsizetype &covered)
    {
        const auto tfhd = child(traf, "tfhd");
        const auto tfdt = child(traf, "tfdt");
        check(tfhd && tfdt, "a traf without tfhd and tfdt");
        if (!m_file.problem.isEmpty())
            return;
        const quint32 flags = u32(tfhd->body) & 0xFFFFFF;
        check((flags & 0x020000) != 0 && (flags & 1) == 0, "offsets do not count from the moof (8.8.7)");
        const quint32 id = u32(tfhd->body + 4);
        check(m_file.timescales.contains(id), "a traf of no track");
        qsizetype at = tfhd->body + 8 + (flags & 2 ? 4 : 0);
        const auto take = [&](bool present) {
            const quint32 value = present ? u32(at) : 0;
            at += present ? 4 : 0;
            return value;
        };
        const quint32 duration = take(flags & 8);
        const quint32 size = take(flags & 0x10);
        const quint32 sampleFlags = take(flags & 0x20);
        qint64 dts = m_bytes[tfdt->body] == 1 ? static_cast<qint64>(u64(tfdt->body + 4)) : static_cast<qint64>(u32(tfdt->body + 4));
        check(dts >= m_ends.value(id, 0), "tfdt goes back behind the last sample's end");
        for (const Mp4Box &trun : children(traf.body, traf.end)) {
            if (trun.type != "trun")
                continue;
            const quint32 has = u32(trun.body) & 0xFFFFFF;
            const quint32 count = u32(trun.body + 4);
            check((has & 1) != 0, "a trun does not say where its data is");
            at = trun.body + 8;
            qsizetype data = moof.begin + static_cast<qint32>(take(true));
            const quint32 firstFlags = take(has & 4);
            for (quint32 i = 0; i < count && m_file.problem.isEmpty(); ++i) {
                Mp4Sample sample{id, dts, 0, duration, data, size, false};
                if (has & 0x100)
                    sample.duration = take(true);
                if (has & 0x200)
                    sample.size = take(true);
                quint32 bits = (has & 4) && i == 0 ? firstFlags : sampleFlags;
                if (has & 0x400)
                    bits = take(true);
                if (has & 0x800)
                    sample.offset = static_cast<qint32>(take(true));
                sample.sync = (bits & 0x10000) == 0;
                check(sample.begin == covered && sample.begin + sample.size <= mdat.end, "samples do not follow each other in mdat");
                covered += sample.size;
                data += sample.size;
                dts += sample.duration;
                m_file.samples.append(sample);
            }
        }
        m_ends[id] = dts;
    }

    /// tfra: version 1 has 64 bits of time and offset (8.8.10); mfro says how long mfra is (8.8.11).
    void index(const Mp4Box &mfra)
    {
        const auto last = child(mfra, "mfro");
        check(last && last->end == mfra.end && u32(last->body + 4) == static_cast<quint32>(mfra.end - mfra.begin), "mfro does not lead to mfra");
        for (const Mp4Box &tfra : children(mfra.body, mfra.end)) {
            if (tfra.type != "tfra")
                continue;
            const bool wide = m_bytes[tfra.body] == 1;
            const quint32 sizes = u32(tfra.body + 8);
            const quint32 count = u32(tfra.body + 12);
            const qsizetype step = (wide ? 16 : 8) + (sizes >> 4 & 3) + 1 + (sizes >> 2 & 3) + 1 + (sizes & 3) + 1;
            for (quint32 i = 0; i < count && m_file.problem.isEmpty(); ++i) {
                const qsizetype at = tfra.body + 16 + i * step + (wide ? 8 : 4);
                const auto offset = static_cast<qsizetype>(wide ? u64(at) : u32(at));
                check(std::any_of(m_file.boxes.begin(), m_file.boxes.end(), [offset](const Mp4Box &box) { return box.type == "moof" && box.begin == offset; }),
                      "tfra does not point to a moof");
            }
            m_file.indexed = m_file.indexed || count > 0;
        }
    }

    const QByteArray m_bytes;
    Mp4File m_file;
    quint32 m_sequence = 0;
    QHash<quint32, qint64> m_ends;
};

inline Mp4File readMp4(const QByteArray &bytes)
{
    return Mp4Reader(bytes).read();
}

} // namespace vedette::test
